#!/usr/bin/env python3
"""Writes samples/resizable: an HDF5 file whose datasets may grow up to a largest shape, and their values. Needs h5py."""
import json
import pathlib

import h5py
import numpy as np

FOLDER = pathlib.Path(__file__).parents[1] / "samples/resizable"
FOLDER.mkdir(exist_ok=True)
chance = np.random.default_rng(3)
shapes = {"matrix": ((11, 7), (20, 30), (3, 2)), "vector": ((10,), (50,), (3,)), "cube": ((4, 5, 3), (4, 9, 8), (2, 2, 2))}
with h5py.File(FOLDER / "resizable.h5", "w", libver="latest") as file:
    for name, (shape, largest, chunk) in shapes.items():
        for filters in {}, {"compression": "gzip", "shuffle": True}:
            values = chance.normal(size=shape).astype("f4")
            file.create_dataset(f"{name}/{len(filters)}", data=values, maxshape=largest, chunks=chunk, **filters)

# h5py keeps the chunks that it wrote, so they are read from the file.
with h5py.File(FOLDER / "resizable.h5") as file:
    records = []
    file.visititems(lambda key, item: records.append((key, item[()])) if isinstance(item, h5py.Dataset) else None)
lines = [json.dumps({"key": key.replace("/", "."), "values": values.ravel().tolist()}) for key, values in records]
(FOLDER / "resizable.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
