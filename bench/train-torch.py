"""The other side of `npm run bench:train`: PyTorch with PEFT, eager, one thread. Usage: train-torch.py FOLDER STEPS

The checkpoint, the tokens and the settings are those of the folder; prints one line of JSON with the same fields.
BENCH_TORCH_DEVICE=cuda puts it on the GPU; the time of a step then ends with its loss on this side.
"""
import json
import os
import resource
import sys
import time

import torch

torch.set_num_threads(1)
import peft
import transformers

folder, steps = sys.argv[1], int(sys.argv[2])
with open(f"{folder}/batch.json") as file:
    batch = json.load(file)
settings = batch["settings"]
device = os.environ.get("BENCH_TORCH_DEVICE", "cpu")
ids = torch.tensor([sequence["ids"] for sequence in batch["sequences"]], device=device)
inputs, targets = ids[:, :-1].contiguous(), ids[:, 1:].contiguous()

torch.manual_seed(0)
base = transformers.LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
base.config.use_cache = False
lora = peft.LoraConfig(r=settings["rank"], lora_alpha=settings["alpha"], target_modules="all-linear", task_type="CAUSAL_LM")
model = peft.get_peft_model(base, lora).to(device)
model.train()
trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
optimizer = torch.optim.AdamW(trainable, lr=settings["learningRate"], weight_decay=settings["weightDecay"])


def step():
    # Labels that are shifted already: every position predicts, as in the trainer.
    loss = model(input_ids=inputs, labels=targets, shift_labels=targets).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trainable, settings["gradientClip"])
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return loss.item()


def peak_mib():
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


losses, cpu_ms, wall_ms = [], [], []
for _ in range(steps):
    began, cpu = time.perf_counter(), time.process_time()
    losses.append(step())
    cpu_ms.append((time.process_time() - cpu) * 1000)
    wall_ms.append((time.perf_counter() - began) * 1000)
versions = {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__}
print(json.dumps({"losses": losses, "cpuMs": cpu_ms, "wallMs": wall_ms, "peakMiB": peak_mib(), "versions": versions,
                  "trainable": sum(parameter.numel() for parameter in trainable)}))
