"""Test of spark.py with two executors. A Python worker and an executor are killed in the middle of a partition."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pyspark
from pyspark import TaskContext, cloudpickle
from pyspark.sql import SparkSession

import common

scratch = sys.argv[1]
paths, values, missing = common.write_files(scratch)
# The processes of a local cluster are started from here.
os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
os.environ["PYSPARK_PYTHON"] = sys.executable
builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("rebin")
options = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.executor.instances": "2",
    "spark.executor.memory": "1g",
    "spark.local.dir": scratch,
    "spark.sql.execution.arrow.maxRecordsPerBatch": "2000",
    "spark.sql.files.maxPartitionBytes": "250000",
    "spark.sql.files.openCostInBytes": "1",
    "spark.sql.warehouse.dir": f"{scratch}/warehouse",
    "spark.task.maxFailures": "3",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.worker.dir": f"{scratch}/work",
}
for name, value in options.items():
    builder = builder.config(name, value)
session = builder.getOrCreate()
session.sparkContext.setLogLevel("ERROR")
recipe = common.recipe("spark", cloudpickle)
counter = recipe.counter


def killing(ranges):
    """Return the counter of the recipe. It kills its worker, and later its executor, after some batches of a partition."""
    count = counter(ranges)

    def killed(batches):
        part = TaskContext.get().partitionId()
        for i, batch in enumerate(batches):
            yield batch
            if (part, i) == (1, 1) and common.once(f"{scratch}/worker-killed"):
                common.die()
            if (part, i) == (4, 1) and common.once(f"{scratch}/executor-killed"):
                next(parent for parent in psutil.Process().parents() if parent.name() == "java").kill()
                common.die()

    return lambda batches: count(killed(batches))


frame = session.read.parquet(*paths)
# Adds partitions without rows.
frame = frame.unionAll(frame.where("text = 'none'"))
print("partitions:", frame.rdd.getNumPartitions())
recipe.counter = killing
common.count_all(recipe, frame, f"{scratch}/counts", values, missing)
common.assert_killed(scratch, "worker-killed", "executor-killed")
common.assert_raises("no column can be counted", lambda: recipe.count(frame.select("text"), f"{scratch}/none"))

frame = frame.coalesce(1)
recipe.counter = lambda ranges: counter({"f64": (1.0, "invalid")})
common.assert_raises("invalid value", lambda: recipe.count(frame, f"{scratch}/none"))
recipe.counter, recipe.REBIN = counter, "/nowhere/rebin"
common.assert_raises("rebin is not installed; run", lambda: recipe.count(frame, f"{scratch}/none"))
# Workers without rebin, unlike this machine.
recipe.shutil = SimpleNamespace(which=str)
common.assert_raises("is not installed on this worker", lambda: recipe.count(frame, f"{scratch}/none"))
session.stop()
