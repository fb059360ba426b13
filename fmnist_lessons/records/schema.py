"""What a record of a fit or of a study holds, its ranges, and what in it has to agree."""

import math
import reprlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

from .packing import unpack, unpack_errors

Whole = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]
# a chapter is the name of a folder: no way out of the one above it
Chapter = Annotated[str, Field(pattern=r"^[^./\\:\x00-\x1f][^/\\:\x00-\x1f]*$", max_length=100)]
FLOAT16 = {"rel_tol": 1e-3, "abs_tol": 1e-7}  # how far the mean of rounded errors may be from their own

_exactly = with_config(ConfigDict(strict=True, extra="allow", allow_inf_nan=False))


@_exactly
class Measured(TypedDict):
    """What a fit reaches on one part of the data."""

    images: Count
    accuracy: NotRequired[Share]
    loss: NotRequired[Amount]
    correct: NotRequired[str]
    mse: NotRequired[Amount]
    psnr: NotRequired[float]
    ssim: NotRequired[Share]
    auc: NotRequired[Share]
    errors: NotRequired[str]


def _as_answered(measured: Measured) -> Measured:
    """Refuse an accuracy or an error that the answers for each image do not give."""
    n = measured["images"]
    if "correct" in measured:
        share, said = float(unpack(measured["correct"], n).mean()), measured.get("accuracy", math.nan)
        if not math.isclose(share, said, abs_tol=1e-6):
            raise ValueError(f"expected the accuracy of the answers, {share:.6g}, found {said:.6g}")
    if "errors" in measured:
        errors, said = unpack_errors(measured["errors"]), measured.get("mse", math.nan)
        if len(errors) != n or not (errors >= 0).all() or not math.isfinite(errors.sum()):
            raise ValueError(f"expected {n:,} finite errors, 0 or more, found others ({len(errors):,})")
        if not math.isclose(errors.mean(), said, **FLOAT16):
            raise ValueError(f"expected the errors' mean as mse, {errors.mean():.6g}, found {said:.6g}")
    return measured


class _Parts(TypedDict):
    train: NotRequired[Annotated[Measured, AfterValidator(_as_answered)]]
    validation: Annotated[Measured, AfterValidator(_as_answered)]
    test: NotRequired[Annotated[Measured, AfterValidator(_as_answered)]]


@_exactly
class _Seconds(TypedDict):
    wall: Amount
    cpu: NotRequired[Amount]
    pretraining: NotRequired[Amount]


def _even(history: dict[str, list[float]]) -> dict[str, list[float]]:
    """Refuse a history whose quantities are of unlike length or out of range."""
    if len({len(values) for values in history.values()}) > 1:
        lengths = {name: len(values) for name, values in history.items()}
        raise ValueError(f"expected as many values of each quantity, found {lengths}")
    for name, values in history.items():
        top = 1 if name.endswith("accuracy") else math.inf
        if name.endswith(("accuracy", "loss")) and values and not 0 <= min(values) <= max(values) <= top:
            raise ValueError(f"{name}: expected values from 0 to {top}, found others")
    return history


@_exactly
class _Common(TypedDict):
    chapter: Chapter
    name: str
    seed: Whole
    kind: NotRequired[Literal["classifier", "autoencoder", "study"]]
    model: Annotated[str, Field(min_length=1)]
    recipe: dict[str, Any]
    fingerprint: Annotated[str, Field(min_length=1)]
    mode: Literal["record", "live"]
    data_source: Literal["fashion-mnist", "sketch"]
    checksums: dict[str, str]
    device: str
    backend: NotRequired[str]
    versions: NotRequired[dict[str, str]]
    whose: NotRequired[Literal["book", "yours"]]


@_exactly
class Fit(_Common):
    """The record of a fit."""

    metrics: _Parts
    seconds: _Seconds
    history: NotRequired[Annotated[dict[str, list[float]], AfterValidator(_even)]]
    parameters: Whole
    peak_memory_mb: NotRequired[Amount | None]  # None where that of the process would say nothing
    microseconds_per_image: NotRequired[Amount]
    file_kb: NotRequired[Amount]
    headline: NotRequired[Annotated[str, Field(min_length=1)]]


@_exactly
class Trial(TypedDict):
    """One trial of a study, as `studies.search` gives it."""

    number: Whole
    seed: Whole
    values: dict[str, Any]
    scores: Annotated[list[Share], Field(min_length=1)]
    pruned: bool
    seconds: Amount


@_exactly
class _Best(TypedDict):
    accuracy: NotRequired[Share]  # of the best trial; without it where all were pruned


class _BestByPart(TypedDict):
    validation: _Best


@_exactly
class Study(_Common):
    """The record of a study."""

    metrics: _BestByPart
    seconds: _Seconds
    epochs: Whole
    trials: list[Trial]


_FIT, _STUDY = TypeAdapter(Fit), TypeAdapter(Study)


def fault(record: Any) -> str:
    """Say what in a record does not fit, as expected and found; nothing where all fits."""
    is_study = isinstance(record, Mapping) and record.get("kind") == "study"
    try:
        (_STUDY if is_study else _FIT).validate_python(record)
    except ValidationError as error:
        return _in_words(error)
    return _study_fault(record) if is_study else _fit_fault(record)


def _in_words(error: ValidationError) -> str:
    """Return the first thing that pydantic found, as expected and found."""
    first = error.errors(include_url=False)[0]
    place = f"{'.'.join(map(str, first['loc']))}: ".removeprefix(": ")
    if first["type"] == "missing":
        return f"{place}expected it, found nothing"
    message = first["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    if first["type"] == "value_error":
        return place + message
    return f"{place}{message}, found {reprlib.repr(first['input'])}"


def _fit_fault(record: Mapping[str, Any]) -> str:
    rebuilds = record.get("kind") == "autoencoder"
    needed = {"mse", "errors"} if rebuilds else {"accuracy", "loss", "correct"}
    for part, without in (("train", {"errors", "correct"}), ("validation", set()), ("test", set())):
        measured = record["metrics"].get(part, needed)
        if missing := needed - without - set(measured):
            return f"metrics.{part}: expected {sorted(missing)} of such a fit, found {sorted(measured)}"
    if (model := record["recipe"].get("model", record["model"])) != record["model"]:
        return f"model: expected that of the recipe, {model!r}, found {record['model']!r}"
    return ""


def _study_fault(record: Mapping[str, Any]) -> str:
    trials, recipe = record["trials"], record["recipe"]
    if len({trial["number"] for trial in trials}) < len(trials):
        return "trials: expected each number once, found one twice"
    finished = [trial["scores"][-1] for trial in trials if not trial["pruned"]]
    told = {
        "epochs": (sum(len(trial["scores"]) for trial in trials), record["epochs"]),
        "accuracy": (max(finished, default=None), record["metrics"]["validation"].get("accuracy")),
        "name": (recipe.get("name"), record["name"]),
        "seed": (recipe.get("seed", 0), record["seed"]),
    }
    for what, (expected, found) in told.items():
        if expected != found:
            return f"{what}: expected that of the trials and the description, {expected!r}, found {found!r}"
    return ""
