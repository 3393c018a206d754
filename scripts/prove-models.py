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
from peft import IA3Config, LoHaConfig, LoraConfig, PeftModel, PrefixTuningConfig, VeraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM
from transformers import GemmaConfig, GPT2Config, LlamaConfig, MistralConfig, Phi3Config, Qwen2Config, Qwen3Config, SmolLM3Config

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

def with_tensors(change):
    def edit(folder):
        file = folder / "model.safetensors"
        tensors = change(load_file(file))
        save_file({key: value.contiguous() for key, value in tensors.items()}, file, metadata={"format": "pt"})

    return edit


def as_openai(tensors):
    tensors = {key.removeprefix("transformer."): value for key, value in tensors.items()}
    buffers = {f"h.{i}.attn.bias": torch.ones(1, 1, CONTEXT, CONTEXT, dtype=torch.bool).tril() for i in range(3)}
    return {**tensors, **buffers, **{f"h.{i}.attn.masked_bias": torch.tensor(-1e4) for i in range(3)}}


def as_pickle(folder):
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def without_up_proj(tensors):
    return {key: value for key, value in tensors.items() if "1.mlp.up_proj" not in key}


#: name → (base, what is done to its folder, edits of config.json, words of a refusal or None)
FILES = {
    "file-tied-with-own-head": ("llama-tied", with_tensors(lambda t: {**t, "lm_head.weight": t["model.embed_tokens.weight"].flip(0)}), {}, None),
    "file-tied-with-same-head": ("llama-tied", with_tensors(lambda t: {**t, "lm_head.weight": t["model.embed_tokens.weight"].clone()}), {}, None),
    "file-of-openai": ("gpt2", with_tensors(as_openai), {}, None),
    "file-without-prefix": ("llama-untied", with_tensors(lambda t: {key.removeprefix("model."): value for key, value in t.items()}), {}, None),
    "file-with-more": ("llama-untied", with_tensors(lambda t: {**t, "model.layers.0.self_attn.q_proj.bias": torch.ones(32), "model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(4)}), {}, None),
    "file-with-more-layers": ("llama-untied", None, {"num_hidden_layers": 2}, None),
    "file-without-a-tensor": ("llama-untied", with_tensors(without_up_proj), {}, "model.layers.1.mlp.up_proj.weight: missing"),
    "file-with-infinity": ("llama-untied", with_tensors(lambda t: {**t, "model.norm.weight": t["model.norm.weight"] / 0}), {}, "expected finite numbers"),
    "file-of-pickle": ("llama-untied", as_pickle, {}, "pickle"),
    "file-of-another-size": ("llama-untied", None, {"vocab_size": 97}, "found shape"),
    "config-of-another-type": ("llama-untied", None, {"model_type": "gemma"}, "model_type"),
    "config-of-a-classifier": ("llama-untied", None, {"architectures": ["LlamaForSequenceClassification"]}, "architectures"),
    "config-quantized": ("llama-untied", None, {"quantization_config": {"quant_method": "gptq", "bits": 4}}, "quantization_config"),
    "config-with-both-ropes": ("llama-untied", None, {"rope_scaling": {"rope_type": "linear", "factor": 2.0}, "rope_theta": 500.0}, None),
    "config-nested-rope": ("qwen2", None, {"rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 5.0}}}, "rope_parameters"),
    "config-yarn-by-contexts": ("llama-untied", None, {"rope_parameters": {"rope_type": "yarn", "rope_theta": 500.0, "factor": None, "original_max_position_embeddings": 16}}, None),
    "config-gemma": (GemmaConfig(**SIZES, head_dim=8), None, {}, "architectures"),
    "config-phi3": (Phi3Config(**SIZES, pad_token_id=0), None, {}, "architectures"),
    "config-smollm3": (SmolLM3Config(**SIZES, pad_token_id=0), None, {}, "architectures"),
}
ATTENTION = ["q_proj", "v_proj"]
GPT2_LINEAR = ["c_attn", "c_proj", "c_fc"]


def lora(**settings):
    return LoraConfig(**{"r": 4, "lora_alpha": 6, "task_type": "CAUSAL_LM", **settings})


#: name → (base, settings of PEFT, how it is saved and scaled, words of a refusal or None)
ADAPTERS = {
    "two-modules": ("llama-untied", lora(target_modules=ATTENTION), {}, None),
    "default-modules": ("llama-untied", lora(), {}, None),
    "default-modules-gpt2": ("gpt2", lora(), {}, None),
    "default-modules-qwen2": ("qwen2", lora(), {}, None),
    "default-modules-qwen3": ("qwen3", lora(), {}, None),
    "default-modules-mistral": ("mistral", lora(), {}, None),
    "one-module": ("llama-untied", lora(target_modules=["down_proj"]), {}, None),
    "full-path": ("llama-untied", lora(target_modules=["model.layers.1.self_attn.q_proj", "layers.2.mlp.up_proj"]), {}, None),
    "parts-of-paths": ("llama-untied", lora(target_modules=["self_attn.q_proj", "mlp.gate_proj", "0.self_attn.o_proj"]), {}, None),
    "expression": ("llama-untied", lora(target_modules=r".*\.(q|v)_proj"), {}, None),
    "expression-of-layers": ("qwen3", lora(target_modules=r"model\.layers\.[02]\.(self_attn|mlp)\.(?:q|down)_proj"), {}, None),
    "expression-with-python-group": ("qwen3", lora(target_modules=r".*\.(?P<kind>q|up)_proj"), {}, None),
    "expression-or": ("qwen3", lora(target_modules=r".*q_proj|.*up_proj"), {}, None),
    "expression-ignoring-case": ("qwen3", lora(target_modules=r"(?i).*Q_PROJ"), {}, None),
    "expression-end": ("qwen3", lora(target_modules=r".*q_proj\Z"), {}, None),
    "all-linear": ("llama-untied", lora(target_modules="all-linear"), {}, None),
    "all-linear-tied": ("qwen2-tied-bf16", lora(target_modules="all-linear"), {}, None),
    "all-linear-gpt2": ("gpt2", lora(target_modules="all-linear"), {}, None),
    "all-linear-excluding": ("llama-untied", lora(target_modules="all-linear", exclude_modules=["o_proj", "layers.1.mlp.up_proj"]), {}, None),
    "excluding-by-expression": ("llama-untied", lora(target_modules=LINEAR, exclude_modules=r".*layers\.1\..*"), {}, None),
    "layers-to-transform": ("llama-untied", lora(target_modules=LINEAR, layers_to_transform=[0, 2]), {}, None),
    "layers-to-transform-one": ("llama-untied", lora(target_modules=LINEAR, layers_to_transform=1), {}, None),
    "layers-pattern": ("llama-untied", lora(target_modules=LINEAR, layers_to_transform=[0, 2], layers_pattern="layers"), {}, None),
    "layers-pattern-list": ("gpt2", lora(target_modules=GPT2_LINEAR, layers_to_transform=[1], layers_pattern=["blocks", "h"]), {}, None),
    "patterns": ("llama-untied", lora(target_modules=LINEAR, rank_pattern={"q_proj": 2, r"layers\.[12]\.mlp\..*": 7}, alpha_pattern={"v_proj": 1, r".*gate_proj": 32}), {}, None),
    "patterns-anchored": ("llama-untied", lora(target_modules=LINEAR, rank_pattern={r"^model\.layers\.0\.self_attn\.q_proj": 2, "model.layers.1.mlp.down_proj": 3}), {}, None),
    "rslora": ("llama-untied", lora(target_modules=LINEAR, use_rslora=True), {}, None),
    "rslora-patterns": ("llama-untied", lora(target_modules=LINEAR, use_rslora=True, rank_pattern={"q_proj": 9}, alpha_pattern={"q_proj": 5}), {}, None),
    "rank-above-size": ("llama-untied", lora(target_modules=ATTENTION, r=40), {}, None),
    "rank-1": ("llama-untied", lora(target_modules=LINEAR, r=1), {}, None),
    "dropout": ("llama-untied", lora(target_modules=LINEAR, lora_dropout=0.3), {}, None),
    "alpha-0": ("llama-untied", lora(target_modules=LINEAR, lora_alpha=0), {}, None),
    "alpha-fraction": ("llama-untied", lora(target_modules=LINEAR, lora_alpha=0.5), {}, None),
    "scale-0.5": ("llama-untied", lora(target_modules=LINEAR), dict(scale=0.5), None),
    "scale-2": ("gpt2", lora(target_modules=GPT2_LINEAR, use_rslora=True), dict(scale=2.0), None),
    "scale-0": ("qwen2", lora(target_modules=LINEAR), dict(scale=0.0), None),
    "dora": ("llama-untied", lora(target_modules=LINEAR, use_dora=True), {}, None),
    "dora-rslora-patterns": ("qwen2", lora(target_modules=LINEAR, use_dora=True, use_rslora=True, rank_pattern={"k_proj": 2}), {}, None),
    "dora-gpt2": ("gpt2", lora(target_modules=GPT2_LINEAR, use_dora=True), {}, None),
    "dora-scale-0.5": ("qwen3", lora(target_modules=LINEAR, use_dora=True), dict(scale=0.5), None),
    "dora-with-biases": ("llama-attention-bias", lora(target_modules=LINEAR, use_dora=True), {}, None),
    "gpt2-fan-in-fan-out": ("gpt2", lora(target_modules=["c_attn"], fan_in_fan_out=True), {}, None),
    "gpt2-fan-wrong": ("gpt2", lora(target_modules=["c_attn"], fan_in_fan_out=False), {}, None),
    "gpt2-attention-projection": ("gpt2", lora(target_modules=["attn.c_proj"], fan_in_fan_out=True), {}, None),
    "bias-all": ("llama-attention-bias", lora(target_modules=LINEAR, bias="all"), {}, None),
    "bias-lora-only": ("llama-attention-bias", lora(target_modules=ATTENTION + ["up_proj"], bias="lora_only"), {}, None),
    "bias-all-gpt2": ("gpt2", lora(target_modules=["c_attn"], bias="all"), {}, None),
    "bias-lora-only-gpt2": ("gpt2", lora(target_modules=["c_attn"], bias="lora_only"), {}, None),
    "bias-all-without-biases": ("llama-untied", lora(target_modules=ATTENTION, bias="all"), {}, None),
    "save-head": ("llama-untied", lora(target_modules=ATTENTION, modules_to_save=["lm_head"]), {}, None),
    "save-embedding": ("llama-untied", lora(target_modules=ATTENTION, modules_to_save=["embed_tokens"]), {}, None),
    "save-both": ("llama-untied", lora(target_modules=ATTENTION, modules_to_save=["embed_tokens", "lm_head"]), {}, None),
    "save-head-tied": ("llama-tied", lora(target_modules=ATTENTION, modules_to_save=["lm_head"]), {}, None),
    "save-embedding-tied": ("llama-tied", lora(target_modules=ATTENTION, modules_to_save=["embed_tokens"]), {}, None),
    "save-both-tied": ("llama-tied", lora(target_modules=ATTENTION, modules_to_save=["embed_tokens", "lm_head"]), {}, None),
    "save-both-tied-ensured": ("llama-tied", lora(target_modules=ATTENTION, modules_to_save=["embed_tokens"], ensure_weight_tying=True), {}, None),
    "save-norms": ("qwen3", lora(target_modules=ATTENTION, modules_to_save=["norm", "q_norm"]), {}, None),
    "save-norms-gpt2": ("gpt2", lora(target_modules=["c_attn"], modules_to_save=["ln_f", "ln_1"]), {}, None),
    "save-embedding-gpt2": ("gpt2", lora(target_modules=["c_attn"], modules_to_save=["wte", "wpe"]), {}, None),
    "save-linear": ("llama-untied", lora(target_modules=ATTENTION, modules_to_save=["o_proj"]), {}, None),
    "save-linear-with-bias": ("llama-attention-bias", lora(target_modules=["up_proj"], modules_to_save=["o_proj"]), {}, None),
    "save-conv1d": ("gpt2", lora(target_modules=["c_attn"], modules_to_save=["mlp.c_proj"]), {}, None),
    "save-container": ("llama-untied", lora(target_modules=ATTENTION, modules_to_save=["mlp"]), {}, None),
    "save-layer": ("llama-untied", lora(target_modules=["q_proj", "up_proj"], modules_to_save=["layers.1"]), {}, None),
    "save-over-target": ("llama-untied", lora(target_modules=LINEAR, modules_to_save=["mlp"]), {}, None),
    "save-head-gpt2": ("gpt2", lora(target_modules=["c_attn"], modules_to_save=["lm_head"]), {}, None),
    "save-dora": ("qwen2", lora(target_modules=LINEAR, use_dora=True, modules_to_save=["lm_head", "norm"]), {}, None),
    "embedding": ("llama-untied", lora(target_modules=["embed_tokens", "q_proj"]), {}, None),
    "embedding-tied": ("llama-tied", lora(target_modules=["embed_tokens", "q_proj"]), {}, None),
    "embedding-gpt2": ("gpt2", lora(target_modules=["wte", "c_attn"]), {}, None),
    "embedding-positions-gpt2": ("gpt2", lora(target_modules=["wpe", "c_attn"]), {}, None),
    "embedding-alone": ("llama-untied", lora(target_modules=["embed_tokens"]), {}, None),
    "embedding-dora": ("llama-untied", lora(target_modules=["embed_tokens"], use_dora=True), {}, "use_dora"),
    "head": ("llama-untied", lora(target_modules=["lm_head", "q_proj"]), {}, None),
    "head-tied": ("llama-tied", lora(target_modules=["lm_head", "q_proj"]), {}, None),
    "head-gpt2": ("gpt2", lora(target_modules=["lm_head", "c_attn"]), {}, None),
    "head-dora": ("llama-untied", lora(target_modules=["lm_head"], use_dora=True), {}, None),
    "embedding-and-head": ("llama-untied", lora(target_modules=["embed_tokens", "lm_head"], rank_pattern={"lm_head": 2}), {}, None),
    "embedding-and-head-tied": ("llama-tied", lora(target_modules=["embed_tokens", "lm_head"]), {}, None),
    "embedding-and-head-ensured": ("llama-tied", lora(target_modules=["embed_tokens", "lm_head"], ensure_weight_tying=True), {}, None),
    "everything-by-expression": ("llama-untied", lora(target_modules=r".*(embed_tokens|lm_head|_proj)"), {}, None),
    "lora-bias": ("llama-untied", lora(target_modules=LINEAR, lora_bias=True), {}, None),
    "lora-bias-gpt2": ("gpt2", lora(target_modules=GPT2_LINEAR, lora_bias=True), {}, None),
    "token-indices": ("llama-untied", lora(target_modules=ATTENTION, trainable_token_indices=[3, 10, 95]), {}, None),
    "token-indices-tied": ("llama-tied", lora(target_modules=ATTENTION, trainable_token_indices=[3, 10, 95]), {}, None),
    "token-indices-named": ("gpt2", lora(target_modules=["c_attn"], trainable_token_indices={"wte": [3, 10, 95]}), {}, None),
    "target-parameters": ("llama-untied", lora(target_modules=ATTENTION, target_parameters=["mlp.up_proj.weight"]), {}, "target_parameters"),
    "layer-replication": ("llama-untied", lora(target_modules=ATTENTION, layer_replication=[(0, 2), (1, 3)]), {}, "layer_replication"),
    "alora": ("llama-untied", lora(target_modules=ATTENTION, alora_invocation_tokens=[3, 4]), {}, "alora_invocation_tokens"),
    "init-gaussian": ("llama-untied", lora(target_modules=ATTENTION, init_lora_weights="gaussian"), {}, None),
    "init-orthogonal": ("llama-untied", lora(target_modules=ATTENTION, init_lora_weights="orthogonal"), {}, None),
    "init-eva": ("llama-untied", lora(target_modules=ATTENTION, init_lora_weights="eva"), {}, None),
    "init-pissa": ("llama-untied", lora(target_modules=ATTENTION, init_lora_weights="pissa"), {}, None),
    "init-pissa-converted": ("llama-untied", lora(target_modules=ATTENTION, init_lora_weights="pissa"), dict(convert=True), None),
    "init-olora": ("llama-untied", lora(target_modules=ATTENTION, init_lora_weights="olora"), {}, "init_lora_weights"),
    "init-olora-converted": ("llama-untied", lora(target_modules=ATTENTION, init_lora_weights="olora"), dict(convert=True), None),
    "f16": ("llama-untied", lora(target_modules=LINEAR), dict(dtype=torch.float16), None),
    "bf16": ("gpt2", lora(target_modules=GPT2_LINEAR), dict(dtype=torch.bfloat16), None),
    "pickle": ("llama-untied", lora(target_modules=ATTENTION), dict(safe_serialization=False), "pickle"),
    "named": ("llama-untied", lora(target_modules=ATTENTION), dict(name="french"), None),
    "no-task": ("llama-untied", lora(target_modules=ATTENTION, task_type=None), {}, None),
    "on-bf16-base": ("llama-bf16-shards", lora(target_modules=LINEAR), {}, None),
    "ia3": ("llama-untied", IA3Config(task_type="CAUSAL_LM"), {}, "peft_type"),
    "loha": ("llama-untied", LoHaConfig(r=4, alpha=4, target_modules=ATTENTION, task_type="CAUSAL_LM"), {}, "peft_type"),
    "vera": ("llama-all-key-heads", VeraConfig(r=4, target_modules=["q_proj"], task_type="CAUSAL_LM"), {}, "peft_type"),
    "prefix": ("llama-untied", PrefixTuningConfig(num_virtual_tokens=4, task_type="CAUSAL_LM"), {}, "peft_type"),
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


def train_a_little(model, seed=2):
    """Random adapters, and saved modules that are no longer the base's."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_magnitude_vector" in name:
                weight.mul_(1 + 0.3 * torch.rand_like(weight))
            elif weight.requires_grad:
                weight.add_(0.15 * torch.randn_like(weight))


def save_adapter(folder, base, config, convert=False, dtype=None, name="default", sequences=TOKENS, **options):
    model = get_peft_model(load_model(base), config, adapter_name=name)
    if convert:
        model.peft_config["default"].init_lora_weights = True
        model.save_pretrained(folder / "start")
        model.peft_config["default"].init_lora_weights = config.init_lora_weights
        options["path_initial_model_for_weight_conversion"] = str(folder / "start")
    train_a_little(model)
    model.save_pretrained(folder, **options)
    if dtype:
        file = folder / "adapter_model.safetensors"
        save_file({key: value.to(dtype).contiguous() for key, value in load_file(file).items()}, file)
    return log_probabilities(model.eval(), sequences)


def load_adapter(base, folder, scale=1.0):
    model = PeftModel.from_pretrained(load_model(base), folder).eval()
    for module in model.modules():
        if isinstance(module, LoraLayer):
            module.scaling = {name: value * scale for name, value in module.scaling.items()}
    return model


def adapter_case(root, name, base, config, settings, refusal):
    settings = dict(settings)
    scale = settings.pop("scale", 1.0)
    model, folder = root / "models" / base, root / "adapters" / name
    shutil.rmtree(folder, ignore_errors=True)
    case = dict(name=f"{name} on {base}", model=str(model), adapter=str(folder), scale=scale, refusal=refusal)
    try:
        trained = save_adapter(folder, model, config, **settings)
        if "name" in settings:
            folder = folder / settings["name"]
            case["adapter"] = str(folder)
        case["expected"] = log_probabilities(load_adapter(model, folder, scale))
        case["trained"] = max(abs(a - b) for x, y in zip(case["expected"], trained) for a, b in zip(x, y))
        return case
    except Exception as error:
        return dict(case, python=f"{type(error).__name__}: {error}")


def model_case(folder, name, config, edits, refusal, edit=None, **saving):
    shutil.rmtree(folder, ignore_errors=True)
    case = dict(name=name, model=str(folder), refusal=refusal)
    save_model(folder, config, edits, **saving)
    if edit:
        edit(folder)
    try:
        expected = log_probabilities(load_model(folder))
        # JSON has no NaN; who computes with infinity is not compared with.
        return dict(case, expected=expected) if all(value == value for row in expected for value in row) else dict(case, python="NaN")
    except Exception as error:
        return dict(case, python=f"{type(error).__name__}: {error}")


def main():
    root, word = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    torch.set_num_threads(1)
    cases = []
    for name, (config, saving, edits, refusal) in MODELS.items():
        if word not in name:
            continue
        cases.append(model_case(root / "models" / name, name, config, edits, refusal, **saving))
    for name, (base, edit, edits, refusal) in FILES.items():
        if word not in name:
            continue
        config = MODELS[base][0] if isinstance(base, str) else base
        cases.append(model_case(root / "models" / name, name, config, edits, refusal, edit=edit))
    for name, (base, config, settings, refusal) in ADAPTERS.items():
        if word not in name:
            continue
        if not (root / "models" / base).exists():
            save_model(root / "models" / base, MODELS[base][0], MODELS[base][2], **MODELS[base][1])
        cases.append(adapter_case(root, name, base, config, settings, refusal))
    (root / "cases.json").write_text(json.dumps(dict(tokens=TOKENS, cases=cases)))


if __name__ == "__main__":
    main()
