"""For prove-models.mjs: tiny random checkpoints and adapters with the settings that people use, and what transformers and PEFT make of them.

    prove-models.py FOLDER [WORD]

FOLDER gets models/, adapters/ and cases.json: for each case the model, the adapter, the scale, the token ids and the log-probability
of each next token (torch, float32, CPU), or the words that our refusal must have. With WORD only the cases whose name has it.
"""
import json
import shutil
import sys
import warnings
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM
from transformers import GPT2Config, LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config

transformers.logging.set_verbosity_error()
warnings.filterwarnings("ignore")
VOCABULARY, CONTEXT = 96, 64
SIZES = dict(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=CONTEXT, initializer_range=0.15, bos_token_id=0, eos_token_id=0)
GPT2 = dict(vocab_size=VOCABULARY, n_embd=32, n_layer=3, n_head=4, n_positions=CONTEXT, initializer_range=0.15, bos_token_id=0,
            eos_token_id=0)
TOKENS = [[(29 * i * i + 7 * i + 3 + 11 * row) % VOCABULARY for i in range(length)] for row, length in enumerate([40, CONTEXT, 2])]
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def llama(**changes):
    return LlamaConfig(**{**SIZES, **changes})


def rope(kind, **numbers):
    return dict(rope_parameters=dict(rope_type=kind, rope_theta=numbers.pop("rope_theta", 500.0), **numbers))


LONG = [[1.0, 1.2, 1.5, 2.0], [1.0, 3.0, 5.0, 8.0]]
#: name → (config, how it is saved, edits of config.json, words of a refusal or None)
MODELS = {
    "llama-untied": (llama(), {}, {}, None),
    "llama-tied": (llama(tie_word_embeddings=True), {}, {}, None),
    "llama-attention-bias": (llama(attention_bias=True), {}, {}, None),
    "llama-mlp-bias": (llama(mlp_bias=True), {}, {}, None),
    "llama-head-dim-12": (llama(head_dim=12), {}, {}, None),
    "llama-one-key-head": (llama(num_key_value_heads=1), {}, {}, None),
    "llama-all-key-heads": (llama(num_key_value_heads=4), {}, {}, None),
    "llama-theta": (llama(**rope("default", rope_theta=1e6)), {}, {}, None),
    "llama-theta-of-old": (llama(), {}, {"rope_parameters": None, "rope_theta": 250000.0}, None),
    "llama-no-rope-keys": (llama(), {}, {"rope_parameters": None}, None),
    "llama-linear": (llama(**rope("linear", factor=4.0)), {}, {}, None),
    "llama-linear-of-old": (llama(), {}, {"rope_parameters": None, "rope_theta": 300.0, "rope_scaling": {"type": "linear", "factor": 2.0}}, None),
    "llama-linear-beside-theta": (llama(), {}, {"rope_parameters": {"rope_type": "linear", "factor": 2.0}, "rope_theta": 300.0}, None),
    "llama-llama3": (llama(**rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=16)), {}, {}, None),
    "llama-llama3-of-old": (llama(), {}, {"rope_parameters": None, "rope_theta": 300.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16}}, None),
    "llama-llama3-no-original": (llama(**rope("llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0)), {}, {}, None),
    "llama-dynamic": (llama(**rope("dynamic", factor=4.0)), {}, {}, None),
    "llama-yarn": (llama(**rope("yarn", factor=4.0, original_max_position_embeddings=16)), {}, {}, None),
    "llama-yarn-attention-factor": (llama(**rope("yarn", factor=4.0, original_max_position_embeddings=16, attention_factor=0.7, beta_fast=20.0, beta_slow=2.0)), {}, {}, None),
    "llama-yarn-mscale": (llama(**rope("yarn", factor=4.0, original_max_position_embeddings=16, mscale=0.8, mscale_all_dim=0.5)), {}, {}, None),
    "llama-yarn-no-truncate": (llama(**rope("yarn", factor=4.0, original_max_position_embeddings=16, truncate=False)), {}, {}, None),
    "llama-yarn-no-original": (llama(**rope("yarn", factor=4.0)), {}, {}, None),
    "llama-longrope": (llama(**rope("longrope", factor=4.0, original_max_position_embeddings=48, short_factor=LONG[0], long_factor=LONG[1])), {}, {}, "longrope"),
    "llama-longrope-no-factor": (llama(**rope("longrope", original_max_position_embeddings=16, short_factor=LONG[0], long_factor=LONG[1])), {}, {}, "longrope"),
    "llama-partial-rotary": (llama(**rope("linear", factor=2.0, partial_rotary_factor=0.5)), {}, {}, "partial_rotary_factor"),
    "llama-partial-rotary-default": (llama(**rope("default", partial_rotary_factor=0.5)), {}, {}, None),
    "llama-epsilon": (llama(rms_norm_eps=0.1), {}, {}, None),
    "llama-gelu": (llama(hidden_act="gelu"), {}, {}, None),
    "llama-gelu-tanh": (llama(hidden_act="gelu_pytorch_tanh"), {}, {}, None),
    "llama-gelu-new": (llama(hidden_act="gelu_new"), {}, {}, None),
    "llama-relu": (llama(hidden_act="relu"), {}, {}, None),
    "llama-swish": (llama(hidden_act="swish"), {}, {}, None),
    "llama-relu2": (llama(hidden_act="relu2"), {}, {}, None),
    "llama-mish": (llama(hidden_act="mish"), {}, {}, "hidden_act"),
    "llama-shards": (llama(), dict(max_shard_size="20KB"), {}, None),
    "llama-f16": (llama(), dict(dtype=torch.float16), {}, None),
    "llama-bf16-shards": (llama(tie_word_embeddings=True), dict(dtype=torch.bfloat16, max_shard_size="20KB"), {}, None),
    "llama-f64": (llama(), dict(dtype=torch.float64), {}, None),
    "llama-pretraining-tp": (llama(pretraining_tp=2), {}, {}, None),
    "llama-dropout": (llama(attention_dropout=0.3), {}, {}, None),
    "llama-no-architectures": (llama(), {}, {"architectures": None}, None),
    "llama-defaults-missing": (llama(num_key_value_heads=4), {}, {"num_key_value_heads": None, "head_dim": None, "rms_norm_eps": None, "hidden_act": None, "attention_bias": None, "mlp_bias": None}, None),
    "mistral": (MistralConfig(**SIZES, sliding_window=None), {}, {}, None),
    "mistral-window-beyond": (MistralConfig(**SIZES, sliding_window=CONTEXT), {}, {}, None),
    "mistral-window": (MistralConfig(**SIZES, sliding_window=8), {}, {}, "sliding window"),
    "qwen2": (Qwen2Config(**SIZES), {}, {}, None),
    "qwen2-tied-bf16": (Qwen2Config(**SIZES, tie_word_embeddings=True), dict(dtype=torch.bfloat16), {}, None),
    "qwen2-window-unused": (Qwen2Config(**SIZES, use_sliding_window=False, sliding_window=8, max_window_layers=1), {}, {}, None),
    "qwen2-window-of-old": (Qwen2Config(**SIZES), {}, {"layer_types": None, "sliding_window": 8, "max_window_layers": 1}, None),
    "qwen2-window-above": (Qwen2Config(**SIZES, use_sliding_window=True, sliding_window=8, max_window_layers=3), {}, {}, None),
    "qwen2-window": (Qwen2Config(**SIZES, use_sliding_window=True, sliding_window=8, max_window_layers=1), {}, {}, "sliding window"),
    "qwen2-yarn": (Qwen2Config(**SIZES, **rope("yarn", factor=4.0, original_max_position_embeddings=16)), {}, {}, None),
    "qwen2-key-heads-default": (Qwen2Config(**{**SIZES, "num_key_value_heads": 32, "num_attention_heads": 32, "head_dim": 4}), {}, {}, None),
    "qwen3": (Qwen3Config(**SIZES, head_dim=16), {}, {}, None),
    "qwen3-bias": (Qwen3Config(**SIZES, head_dim=8, attention_bias=True), {}, {}, None),
    "qwen3-tied-shards": (Qwen3Config(**SIZES, head_dim=10, tie_word_embeddings=True), dict(max_shard_size="20KB"), {}, None),
    "qwen3-head-dim-default": (Qwen3Config(**SIZES), {}, {"head_dim": None}, None),
    "qwen3-window": (Qwen3Config(**SIZES, head_dim=8, use_sliding_window=True, sliding_window=8, max_window_layers=1), {}, {}, "sliding window"),
    "gpt2": (GPT2Config(**GPT2), {}, {}, None),
    "gpt2-f16-shards": (GPT2Config(**GPT2), dict(dtype=torch.float16, max_shard_size="20KB"), {}, None),
    "gpt2-inner": (GPT2Config(**GPT2, n_inner=56), {}, {}, None),
    "gpt2-gelu": (GPT2Config(**GPT2, activation_function="gelu"), {}, {}, None),
    "gpt2-relu": (GPT2Config(**GPT2, activation_function="relu"), {}, {}, None),
    "gpt2-silu": (GPT2Config(**GPT2, activation_function="silu"), {}, {}, None),
    "gpt2-gelu-tanh": (GPT2Config(**GPT2, activation_function="gelu_pytorch_tanh"), {}, {}, None),
    "gpt2-gelu-fast": (GPT2Config(**GPT2, activation_function="gelu_fast"), {}, {}, None),
    "gpt2-quick-gelu": (GPT2Config(**GPT2, activation_function="quick_gelu"), {}, {}, None),
    "gpt2-tanh": (GPT2Config(**GPT2, activation_function="tanh"), {}, {}, None),
    "gpt2-scale-by-layer": (GPT2Config(**GPT2, scale_attn_by_inverse_layer_idx=True), {}, {}, None),
    "gpt2-unscaled": (GPT2Config(**GPT2, scale_attn_weights=False), {}, {}, None),
    "gpt2-reorder": (GPT2Config(**GPT2, reorder_and_upcast_attn=True), {}, {}, None),
    "gpt2-untied": (GPT2Config(**GPT2, tie_word_embeddings=False), {}, {}, None),
    "gpt2-epsilon": (GPT2Config(**GPT2, layer_norm_epsilon=0.1), {}, {}, None),
    "gpt2-cross-attention": (GPT2Config(**GPT2, add_cross_attention=True), {}, {}, "add_cross_attention"),
    "gpt2-n-ctx": (GPT2Config(**GPT2), {}, {"n_ctx": 64, "activation_function": None, "layer_norm_epsilon": None, "n_inner": None, "tie_word_embeddings": None}, None),
}


def log_probabilities(model, sequences=TOKENS):
    with torch.no_grad():
        return [model(torch.tensor([ids])).logits[0, :-1].log_softmax(-1).gather(1, torch.tensor(ids[1:])[:, None])[:, 0].tolist() for ids in sequences]


def randomise(model, seed=1):
    """Norms of 1 and biases of 0 would hide a weight that is not applied."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() == 1:
                weight.add_(0.2 * torch.randn_like(weight))
    return model


def save_model(folder, config, edits, dtype=torch.float32, max_shard_size="5GB"):
    torch.manual_seed(1)
    randomise(AutoModelForCausalLM.from_config(config)).to(dtype).save_pretrained(folder, max_shard_size=max_shard_size)
    file = folder / "config.json"
    settings = json.loads(file.read_text())
    for key, value in edits.items():
        settings.pop(key, None)
        if value is not None:
            settings[key] = value
    file.write_text(json.dumps(settings, indent=1))
    (folder / "generation_config.json").unlink(missing_ok=True)


def load_model(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def main():
    root, word = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    torch.set_num_threads(1)
    cases = []
    for name, (config, saving, edits, refusal) in MODELS.items():
        if word not in name:
            continue
        folder = root / "models" / name
        try:
            save_model(folder, config, edits, **saving)
            expected = log_probabilities(load_model(folder))
        except Exception as error:
            cases.append(dict(name=name, model=str(folder), python=f"{type(error).__name__}: {error}"))
            continue
        cases.append(dict(name=name, model=str(folder), expected=expected, refusal=refusal))
    (root / "cases.json").write_text(json.dumps(dict(tokens=TOKENS, cases=cases)))


if __name__ == "__main__":
    main()
