"""Test of dask_frame.py and dask_files.py with two worker processes, each killed once in the middle of a task."""

import importlib
import sys
from types import SimpleNamespace

import cloudpickle
import dask
import dask.dataframe as dd
from dask.distributed import Client, LocalCluster

import common

scratch = sys.argv[1]


def killing(function, marker):
    """Return a function that kills its worker after its work, before the result is sent. Dask then repeats the task."""

    def killed(*arguments, **options):
        result = function(*arguments, **options)
        if common.once(f"{scratch}/{marker}"):
            common.die()
        return result

    return killed


def main():
    paths, values, missing = common.write_files(scratch, "f16")
    dask.config.set({"distributed.scheduler.allowed-failures": 3, "temporary-directory": scratch})
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster,
        Client(cluster) as client,
    ):
        recipe = common.recipe("dask_frame", cloudpickle)
        rebin = recipe.rebin
        recipe.rebin = killing(rebin, "frame-killed")
        frame = dd.read_parquet(paths, dtype_backend="pyarrow")
        common.count_all(recipe, frame, f"{scratch}/counts", values, missing)
        common.assert_killed(scratch, "frame-killed")
        common.count_all(recipe, frame.repartition(npartitions=2), f"{scratch}/counts", values, missing)
        common.assert_raises("no column can be counted", lambda: recipe.count(frame[["text"]], f"{scratch}/none"))

        recipe.rebin, recipe.REBIN = rebin, "/nowhere/rebin"
        count = lambda: recipe.count(frame, f"{scratch}/none")
        common.assert_raises("rebin is not installed; run", count)
        # Workers without rebin, unlike this machine.
        recipe.shutil = SimpleNamespace(which=str)
        common.assert_raises("is not installed on this worker", count)

        # Dask sends functions of a module by name, so PYTHONPATH contains the recipes.
        recipe = importlib.import_module("dask_files")
        recipe.count_file = killing(recipe.count_file, "files-killed")
        recipe.count(client, paths, "grad/f32", f"{scratch}/files.counts")
        common.assert_killed(scratch, "files-killed")
        common.compare(f"{scratch}/files.counts", values["grad/f32"], missing["grad/f32"])
        count = lambda paths, key: recipe.count(client, paths, key, f"{scratch}/none")
        common.assert_raises("void: no finite values", lambda: count(paths, "void"))
        # The error of a part names its file.
        common.assert_raises("no-such-file.npy", lambda: count(["/no-such-file.npy"], "x"))


if __name__ == "__main__":
    main()
