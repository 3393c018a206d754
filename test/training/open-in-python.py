"""Opens a checkpoint, and an adapter on it, with transformers and PEFT. Arguments: model folder, adapter folder, text. Prints JSON."""
import json
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

model_folder, adapter_folder, text = sys.argv[1:]
torch.set_num_threads(1)


@torch.no_grad()
def logits_of(model, ids):
    return model(torch.tensor([ids])).logits[0].flatten().tolist()


tokenizer = AutoTokenizer.from_pretrained(model_folder)
model = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32).eval()
ids = tokenizer(text)["input_ids"]
answer = {"ids": ids, "base": logits_of(model, ids)}
adapted = PeftModel.from_pretrained(model, adapter_folder).eval()
answer["adapted"] = logits_of(adapted, ids)
answer["merged"] = logits_of(adapted.merge_and_unload(), ids)
print(json.dumps(answer))
