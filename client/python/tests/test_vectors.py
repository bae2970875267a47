"""The vectors of testdata/vectors, and those of protocols that are unlike ours."""

from __future__ import annotations

import importlib
from pathlib import Path

from conformance import fault, read
from conftest import ROOT
from gatesmith_client.protocol import CODECS

VECTORS = ROOT / "testdata/vectors"


def test_vectors(summary: list[str]) -> None:
    """Every vector has the verdict, the place and the rule that it should have."""
    vectors = [*read(VECTORS), *read(VECTORS / "traps")]
    faults = [text for v in vectors if (text := fault(v, CODECS))]
    assert not faults, "\n".join(faults[:20])
    made = sum(v.generated for v in vectors)
    assert made > 6 * len(CODECS)
    assert len(vectors) - made >= 60
    assert {v.type for v in vectors} == set(CODECS), "every type has vectors"
    summary.append(f"vectors: {made} from the schema, {len(vectors) - made} by hand, {len(CODECS)} types")


def test_every_keyword(keywords: Path, summary: list[str]) -> None:
    """The same holds for a protocol that has every keyword of the dialect."""
    codecs = importlib.import_module("keywords").CODECS
    vectors = list(read(keywords / "vectors"))
    faults = [text for v in vectors if (text := fault(v, codecs))]
    assert not faults, "\n".join(faults[:20])
    assert len(vectors) > 6 * len(codecs)
    summary.append(f"vectors of the protocol with every keyword: {len(vectors)}, {len(codecs)} types")
