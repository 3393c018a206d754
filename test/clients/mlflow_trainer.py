"""
Hugging Face's Trainer with report_to="mlflow", against the server named by the first argument: what it logged must be there, in MLflow's
words and in GraphQL's.
"""

import json
import os
import sys
import tempfile
import urllib.request

URI = sys.argv[1]
os.environ.update(
    {
        "MLFLOW_TRACKING_URI": URI,
        "MLFLOW_EXPERIMENT_NAME": "trainer",
        "MLFLOW_TAGS": '{"team": "a"}',
        "HF_MLFLOW_LOG_ARTIFACTS": "1",
        "HF_HUB_OFFLINE": "1",
        "TQDM_DISABLE": "1",
    }
)

import torch  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments  # noqa: E402

torch.manual_seed(0)
model = GPT2LMHeadModel(GPT2Config(vocab_size=32, n_positions=16, n_embd=16, n_layer=1, n_head=2))
examples = [{"input_ids": row, "labels": row} for row in torch.randint(0, 32, (32, 16))]
with tempfile.TemporaryDirectory() as folder:
    arguments = TrainingArguments(
        output_dir=folder,
        run_name="tiny",
        report_to=["mlflow"],
        max_steps=6,
        logging_steps=2,
        save_steps=6,
        learning_rate=1e-2,
        per_device_train_batch_size=4,
        use_cpu=True,
        disable_tqdm=True,
        seed=7,
    )
    trainer = Trainer(model=model, args=arguments, train_dataset=examples)
    trainer.train()
    logged = {entry["step"]: entry["loss"] for entry in trainer.state.log_history if "loss" in entry}

client = MlflowClient(URI)
experiment = client.get_experiment_by_name("trainer")
[run] = client.search_runs([experiment.experiment_id])
assert (run.info.status, run.info.run_name) == ("FINISHED", "tiny"), run.info
assert run.data.params["learning_rate"] == "0.01" and run.data.params["n_embd"] == "16", run.data.params
assert len(run.data.params) > 100, "the model's config and the arguments come in batches of 100"
assert run.data.tags["team"] == "a", run.data.tags
points = {point.step: point.value for point in client.get_metric_history(run.info.run_id, "loss")}
assert points == logged, (points, logged)
assert [model.name for model in client.search_logged_models([experiment.experiment_id])], "the checkpoint is a logged model"

query = "query ($id: ID!) { run(id: $id) { state origin config tags metrics { name count lastStep } } }"
body = json.dumps({"query": query, "variables": {"id": run.info.run_id}}).encode()
request = urllib.request.Request(f"{URI}/graphql", body, {"Content-Type": "application/json"})
seen = json.load(urllib.request.urlopen(request))["data"]["run"]
assert (seen["state"], seen["origin"], seen["config"]["learning_rate"]) == ("finished", "mlflow", 0.01), seen
assert {m["name"]: m["lastStep"] for m in seen["metrics"]}["loss"] == 6, seen["metrics"]
print(json.dumps({"params": len(run.data.params), "losses": points}))
