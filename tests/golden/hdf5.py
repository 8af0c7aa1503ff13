#!/usr/bin/env python3
"""Writes samples/resizable: an HDF5 file whose datasets may grow up to a largest shape, and their values; and one with a
group of many links. Needs h5py.
"""
import gzip
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

# The heap of the links has tables inside its table.
many = FOLDER / "many.h5"
with h5py.File(many, "w", libver="latest") as file:
    file["x"] = np.arange(3.0)
    group = file.create_group("many")
    group["first"] = np.arange(2.0)
    for i in range(2600):
        group[f"{i}{'n' * 240}"] = group["first"]
(FOLDER / "many.h5.gz").write_bytes(gzip.compress(many.read_bytes(), 9, mtime=0))
many.unlink()
