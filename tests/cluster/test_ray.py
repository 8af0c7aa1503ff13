"""Test of ray_data.py with two worker processes. One is killed in the middle of a block."""

import os
import sys

import ray
from ray import cloudpickle

import common

scratch = sys.argv[1]
paths, values, missing = common.write_files(scratch, "f16")
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_IGNORE_UNHANDLED_ERRORS"] = "1"
ray.init(
    num_cpus=2,
    include_dashboard=False,
    log_to_driver=False,
    object_store_memory=200 << 20,
    _temp_dir=f"{scratch}/ray",
    logging_level="error",
)
ray.data.DataContext.get_current().enable_progress_bars = False
recipe = common.recipe("ray_data", cloudpickle)
rebin = recipe.rebin


def killing(*arguments, data=None):
    """Count a block, and kill the worker before the result is stored. Ray then repeats the task."""
    result = rebin(*arguments, data=data)
    if arguments[0] == "count" and common.once(f"{scratch}/worker-killed"):
        common.die()
    return result


recipe.rebin, recipe.PARTS = killing, 3
dataset = ray.data.read_parquet(paths, override_num_blocks=10)
common.count_all(recipe, dataset, f"{scratch}/counts", values, missing)
common.assert_killed(scratch, "worker-killed")
no_numbers = dataset.select_columns(["text"])
common.assert_raises("no column can be counted", lambda: recipe.count(no_numbers, f"{scratch}/none"))

recipe.rebin, recipe.REBIN = rebin, "/nowhere/rebin"
common.assert_raises("is not installed on this worker", lambda: recipe.count(dataset, f"{scratch}/none"))
ray.shutdown()
