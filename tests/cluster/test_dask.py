"""Test of dask_frame.py and dask_files.py with two worker processes, each killed once in the middle of a task."""

import importlib
import sys

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
    paths, values, missing = common.write_files(scratch)
    dask.config.set({"distributed.scheduler.allowed-failures": 3, "temporary-directory": scratch})
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster,
        Client(cluster) as client,
    ):
        recipe = common.recipe("dask_frame", cloudpickle)
        rebin = recipe.rebin
        recipe.rebin = killing(rebin, "frame-killed")
        recipe.count(dd.read_parquet(paths, dtype_backend="pyarrow"), f"{scratch}/counts")
        common.assert_killed(scratch, "frame-killed")
        common.compare_all(f"{scratch}/counts", values, missing)

        recipe.rebin, recipe.REBIN = rebin, "/nowhere/rebin"
        count = lambda: recipe.count(dd.read_parquet(paths, dtype_backend="pyarrow"), f"{scratch}/none")
        common.assert_raises("is not installed on this worker", count)

        # Dask sends functions of a module by name, so PYTHONPATH contains the recipes.
        recipe = importlib.import_module("dask_files")
        recipe.count_file = killing(recipe.count_file, "files-killed")
        recipe.count(client, paths, "grad/f32", f"{scratch}/files.counts")
        common.assert_killed(scratch, "files-killed")
        common.compare(f"{scratch}/files.counts", values["grad/f32"], missing["grad/f32"])
        # The error of a part names its file.
        common.assert_raises("no-such-file.npy", lambda: recipe.count(client, ["/no-such-file.npy"], "x", f"{scratch}/none"))


if __name__ == "__main__":
    main()
