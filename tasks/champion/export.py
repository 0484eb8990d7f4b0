"""Write a champion for other programs: a skops file, or ONNX where the model allows it.

Each file is read back and asked about the test images before it is called done. The packages are
in ``requirements-export.txt``: `make setup-export`.
"""

from copy import copy
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.errors import PlainError
from engine.store.objects import load_array
from tasks.champion.load import LoadedChampion
from tasks.models.fitting import class_scores, flatten

if TYPE_CHECKING:
    import numpy as np

NEEDED = {".skops": ("skops",), ".onnx": ("skl2onnx", "onnx", "onnxruntime")}
# what a model of this project is made of besides scikit-learn's and numpy's own types
TRUSTED = ("tasks.models.", "numpy.", "sklearn.", "scipy.")
ONNX_BUILDERS = ("sgd", "random_forest")
ONNX_OPSET = 17
TIE = 1e-6  # scores this near are equal but for rounding


class ExportError(PlainError):
    """A model cannot be written in the format that was asked for."""


class Compared(NamedTuple):
    """A written file against the model: test images asked, and how many answers differ."""

    n_images: int
    n_differing: int
    largest_difference: float


def export(champion: LoadedChampion, path: Path) -> Compared:
    """Write a champion's model to a file whose suffix says the format, and read it back.

    The store of the champion is the one in use.

    Raises
    ------
    ExportError
        If the format is unknown, its packages are not installed, the model cannot be written in
        it, or what is read back answers otherwise.
    """
    needed = NEEDED.get(path.suffix)
    if needed is None:
        raise ExportError(
            f"Asked to export to {path}; the suffix says no known format. End the name in .skops "
            "or .onnx."
        )
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise ExportError(
            f"Asked to export to {path}; {', '.join(missing)} is not installed. Run `make "
            "setup-export`."
        )
    write, ask = (_write_skops, _ask_skops) if path.suffix == ".skops" else (_write_onnx, _ask_onnx)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(champion, path)
    except OSError as error:
        raise ExportError(
            f"Asked to export to {path}; it cannot be written ({error.strerror or error})."
        ) from error
    return _compared(champion, ask(path), path)


def _compared(champion: LoadedChampion, ask: Any, path: Path) -> Compared:
    import numpy as np

    record = champion.record
    expected, pixels = load_array(record.evaluation.scores), flatten(load_array(record.test.images))
    found = ask(pixels, record.fitted.candidate.response_method)
    # trees' votes may tie, and sums in float32 then answer with either class
    answered = np.take_along_axis(expected, found.argmax(axis=1)[:, np.newaxis], axis=1)[:, 0]
    differing = int((answered < expected.max(axis=1) - TIE).sum())
    largest = float(np.abs(found - expected).max())
    if differing > len(pixels) * 0.001:
        path.unlink()
        raise ExportError(
            f"Exported to {path} and read it back: {differing:,} of {len(pixels):,} test images "
            "are answered otherwise than by the champion. The file was removed."
        )
    return Compared(len(pixels), differing, largest)


def _write_skops(champion: LoadedChampion, path: Path) -> None:
    import skops.io

    skops.io.dump(champion.model, path)


def _ask_skops(path: Path) -> Any:
    import skops.io

    types = skops.io.get_untrusted_types(file=path)
    strange = [each for each in types if not each.startswith(TRUSTED)]
    if strange:
        raise ExportError(f"Exported to {path}; it holds types nobody expects: {strange}.")
    model = skops.io.load(path, trusted=types)
    return lambda pixels, method: class_scores(model, pixels, method)


def _write_onnx(champion: LoadedChampion, path: Path) -> None:
    """Write a pipeline of a scaling and a classifier; the scaling becomes ONNX's own operators."""
    import numpy as np
    import onnx
    from onnx import TensorProto, compose, helper
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType

    spec = champion.record.fitted.candidate
    if spec.builder not in ONNX_BUILDERS:
        raise ExportError(
            f"Asked to export {spec.title} as ONNX; its features are computed by this project's "
            "own code, which ONNX has no operators for. It is possible for "
            f"{', '.join(ONNX_BUILDERS)}. Export it as .skops."
        )
    height, width = champion.image_size
    # a forest's preparation keeps some pixels, another one all
    kept = getattr(champion.model[0], "kept_", np.arange(height * width))
    classifier = copy(champion.model[-1])
    classifier.classes_ = classifier.classes_.astype(np.int64)  # ONNX has no labels of 8 bits
    raw = {"raw_scores": True} if spec.builder == "sgd" else {}
    converted = convert_sklearn(
        classifier,
        initial_types=[("scaled", FloatTensorType([None, len(kept)]))],
        options={id(classifier): {"zipmap": False, **raw}},
        target_opset=ONNX_OPSET,
    )
    levels = dict(spec.parameters).get("grey_levels")
    divisor = 255.0 if levels is None else 256 // int(levels)
    nodes = [
        helper.make_node("Gather", ["pixels", "kept"], ["used"], axis=1),
        helper.make_node("Cast", ["used"], ["as_float"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["as_float", "divisor"], ["divided"]),
        helper.make_node("Identity" if levels is None else "Floor", ["divided"], ["prepared"]),
    ]
    scaling = helper.make_model(
        helper.make_graph(
            nodes,
            "scaling",
            [helper.make_tensor_value_info("pixels", TensorProto.UINT8, [None, height * width])],
            [helper.make_tensor_value_info("prepared", TensorProto.FLOAT, [None, len(kept)])],
            [
                helper.make_tensor("divisor", TensorProto.FLOAT, [], [divisor]),
                helper.make_tensor("kept", TensorProto.INT64, [len(kept)], kept),
            ],
        ),
        opset_imports=converted.opset_import,
        ir_version=converted.ir_version,
    )
    onnx.save(compose.merge_models(scaling, converted, [("prepared", "scaled")]), path)


def _ask_onnx(path: Path) -> Any:
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])

    def ask(pixels: "np.ndarray", _method: str) -> "np.ndarray":
        scores: np.ndarray = session.run(None, {"pixels": np.ascontiguousarray(pixels)})[1]
        return scores

    return ask
