"""For prove-smollm2.mjs: logits of a GGUF model by transformers, of the base and under a PEFT adapter, on one text,
and the ids of a chat.

    prove-smollm2.py FOLDER FILE.gguf ADAPTER TEXT(JSON) CHAT(JSON) OUTPUT

OUTPUT gets both logits as float32, one after the other; standard output {"ids", "chat", "versions"}.
"""
import json
import sys

import peft
import torch
import transformers
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, file, adapter, text, chat, output = sys.argv[1:]
torch.set_num_threads(1)
tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
ids = tokenizer(json.loads(text), add_special_tokens=False)["input_ids"]
chat_ids = tokenizer.apply_chat_template(json.loads(chat), return_dict=True)["input_ids"]
model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval()


@torch.no_grad()
def logits():
    return model(torch.tensor([ids])).logits[0].contiguous()


with open(output, "wb") as out:
    out.write(logits().numpy().tobytes())
    model = PeftModel.from_pretrained(model, adapter).eval()
    out.write(logits().numpy().tobytes())
versions = {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__}
print(json.dumps({"ids": ids, "chat": chat_ids, "versions": versions}))
