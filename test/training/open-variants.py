"""Opens adapters and merged models with transformers and PEFT. Argument: JSON file {"ids", "adapters": [[model, adapter]], "merged": [folder]}.
Prints JSON: the logits of each."""
import json
import sys
import warnings

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

question = json.load(open(sys.argv[1]))
torch.set_num_threads(1)


def load(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


@torch.no_grad()
def logits_of(model):
    return model.eval()(torch.tensor([question["ids"]])).logits[0].flatten().tolist()


def adapted(model, adapter):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        opened = PeftModel.from_pretrained(load(model), adapter)
    missing = [str(warning.message) for warning in caught if "missing adapter keys" in str(warning.message)]
    return {"logits": logits_of(opened), "missing": missing}


answer = {
    "adapters": [adapted(*pair) for pair in question["adapters"]],
    "merged": [logits_of(load(folder)) for folder in question["merged"]],
}
print(json.dumps(answer))
