"""Stores the weights of an exported model in half precision: half the bytes on disk and in the wheel, the same vectors.

ONNX Runtime widens them once when it loads the model, so a question costs what it cost before (docs/decisions/0070).
Needs the package onnx, which comes with the extra `models`.
"""

from pathlib import Path

import numpy as np

SMALLEST = 4096
"""Bytes; smaller tensors stay as they are: biases and norms are few, and gain nothing."""


def halve_weights(source: Path, target: Path) -> None:
    """Write the graph of `source` to `target` with its large float32 weights as float16 and a cast back for each."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(str(source))
    weights, casts = [], []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.nbytes < SMALLEST:
            weights.append(tensor)
            continue
        half = f"{tensor.name}_half"
        weights.append(numpy_helper.from_array(values.astype(np.float16), half))
        casts.append(helper.make_node("Cast", [half], [tensor.name], to=TensorProto.FLOAT, name=f"widen_{tensor.name}"))
    nodes = [*casts, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(weights)
    model.graph.node.extend(nodes)
    target.write_bytes(model.SerializeToString())
