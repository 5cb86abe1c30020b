"""Exports the trained network as int8 ONNX, and writes its card: `python -m eval.fit network --scratch FOLDER` calls it."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from assistant.reader.network import ReaderNetwork
from eval.fit.network import Network, open_network, restore
from ingest.embeddings import default_tokenizer
from ingest.files import remove
from ingest.seals import file_hash

HEADS, WIDTH = 12, 384
UNTYPED = {"DefaultTensorType": 1}
"""What goes through fused layers, whose types the quantizer cannot tell, is float (`TensorProto.FLOAT`)."""
LEAST = 0.97
"""Least correlation of the scores of random tokens between int8 and the trained weights; below it the export is refused."""


def export(model: Path, trained: Path, layers: int, folder: Path) -> float:
    """Write `network.onnx` into the folder; gives the correlation of its scores with those of the trained weights.

    Quantized by channel after the graph's layers are fused; the plain dynamic int8 graph loses much more.
    """
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers.optimizer import optimize_model

    network = open_network(model, layers)
    restore(network, trained)
    network.eval()
    inputs = _probe()
    raw, fused, weights = (folder / name for name in ("raw.onnx", "fused.onnx", "network.onnx"))
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "pairs", 1: "tokens"} for name in names}
    torch.onnx.export(
        network,
        tuple(torch.from_numpy(inputs[name]) for name in names),
        str(raw),
        input_names=names,
        output_names=["tokens", "pairs"],
        dynamic_axes=axes | {"tokens": {0: "pairs", 1: "tokens"}, "pairs": {0: "pairs"}},
        opset_version=17,
        dynamo=False,
    )
    optimize_model(str(raw), model_type="bert", num_heads=HEADS, hidden_size=WIDTH).save_model_to_file(str(fused))
    quantize_dynamic(str(fused), str(weights), per_channel=True, weight_type=QuantType.QInt8, extra_options=UNTYPED)
    alike = _correlation(network, weights, inputs)
    remove(raw, within=raw.parent)
    remove(fused, within=fused.parent)
    if alike < LEAST:
        raise ValueError(
            f"The exported network's scores correlate with the trained ones at {alike:.3f} only, below {LEAST}."
        )
    return alike


def write_card(folder: Path, **facts: Any) -> None:
    """The card beside the weights: their hash, their scores of a probe, and what is known of how they came about."""
    weights = folder / "network.onnx"
    probe = ReaderNetwork(weights, default_tokenizer()).probe()
    card = {"sha256": file_hash(weights), "probe": [round(float(score), 3) for score in probe], **facts}
    (folder / "network.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def _probe() -> dict[str, Any]:
    chance = np.random.default_rng(5)
    ids = chance.integers(1000, 25000, (4, 180))
    types = np.zeros_like(ids)
    types[:, 20:] = 1
    return {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}


def _correlation(network: Network, weights: Path, inputs: dict[str, Any]) -> float:
    import onnxruntime
    import torch

    with torch.no_grad():
        wanted = network(
            *(torch.from_numpy(inputs[name]) for name in ("input_ids", "attention_mask", "token_type_ids"))
        )[0]
    found = onnxruntime.InferenceSession(str(weights), providers=["CPUExecutionProvider"]).run(None, inputs)[0]
    return float(np.corrcoef(wanted.numpy().ravel(), found.ravel())[0, 1])
