#!/usr/bin/env python3
"""Writes ggml_blocks.json: random quantized blocks, and the bits of the values that the gguf package gives them. Needs gguf."""
import json
import pathlib
from importlib.metadata import version

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type, quants

NAMES = "Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q2_K Q3_K Q4_K Q5_K Q6_K IQ4_NL IQ4_XS TQ1_0 TQ2_0 MXFP4".split()

chance = np.random.default_rng(11)
cases = []
for name in NAMES:
    kind = Type[name]
    elements, size = GGML_QUANT_SIZES[kind]
    # All bytes are random, also those of the scales, so that some are NaN, infinite or subnormal.
    blocks = chance.integers(0, 256, (4, size), dtype=np.uint8)
    with np.errstate(all="ignore"):
        values = quants.dequantize(blocks, kind).astype("<f4")
    # NaN has many bit patterns, so that only its place is compared.
    bits = np.where(np.isnan(values), 0x7FC00000, values.view("<u4"))
    cases.append({"type": name, "elements": elements, "blocks": blocks.tobytes().hex(), "bits": bits.astype(">u4").tobytes().hex()})

target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps({"gguf": version("gguf"), "cases": cases}, indent=0) + "\n")
