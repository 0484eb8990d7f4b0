"""Nights of real tasks on small made-up images, stored as Prefect stores them, without a server."""

import uuid

import numpy as np
from prefect.results import ResultRecord, ResultRecordMetadata

from artifacts.render import RenderedFigure
from engine.cache.reuse import clear_damage, examine, remember, stored_result
from engine.cache.task import cached_task
from engine.store.objects import save_bytes
from engine.store.results import ResultFiles
from engine.store.runs import recorded
from engine.store.sealed import SealedJSONSerializer
from tasks.data.augment import augment
from tasks.data.fetch import store_dataset
from tasks.data.records import Dataset
from tasks.models.candidates import candidate_specs
from tasks.models.cross_validate import cross_validate_fold
from tasks.models.out_of_fold import gather_out_of_fold
from tasks.models.records import OutOfFold
from tasks.models.refit import refit
from tests.support.small_sets import small_content

SGD = candidate_specs(("sgd",))[0]


@cached_task(name="made-up images")
def make_images(seed: int) -> Dataset:
    return store_dataset(small_content(seed=seed), "own", "made up")


@cached_task(name="picture")
def draw(scores: OutOfFold) -> RenderedFigure:
    picture = b"\x89PNG" + np.asarray(scores.fold_accuracies).tobytes() + bytes(3000)
    return RenderedFigure(key="a", title="a", alt="a", image=save_bytes(picture, ".png"))


class StoredSteps:
    """Calls tasks in turn as a run does, keeps their results in the store and says of damage."""

    def __init__(self, store, log):
        self.store, self.log = store, log
        self.computed = []
        self.said = []

    def __call__(self, label, task, *args):
        found = examine(label, task, *args)
        if found.state == "damaged":
            clear_damage(found)
            self.said.append(found.why)
        stored = found.state == "stored"
        self.log(found.parts.key, stored=stored)
        if stored:
            result = stored_result(found.parts)
        else:
            self.computed.append(label)
            result = task.fn(*args)
            write_result(self.store, found.parts.key, result)
        kept = remember(label, found.parts, None if stored else 0.1)
        if kept:
            self.said.append(f"remembered {kept}")
        return result


def write_result(store, key, result):
    path = store / "results" / key
    metadata = ResultRecordMetadata(serializer=SealedJSONSerializer(), storage_key=str(path))
    content = ResultRecord(result=result, metadata=metadata).serialize()
    ResultFiles(basepath=str(path.parent)).write_path(str(path), content=content)


def night(store, seed):
    """Do the work of one night; return the labels of the steps that were not stored yet."""
    return whole_night(store, seed).computed


def whole_night(store, seed):
    """Do the work of one night; return its steps, with what they computed and what they said."""
    with recorded(store, uuid.uuid4(), "night") as log:
        step = StoredSteps(store, log)
        dataset = step("fetch", make_images, seed)
        training = step("augment", augment, dataset.train, 1)
        folds = tuple(
            step(f"fold {fold}", cross_validate_fold, SGD, fold, training, 2, 0, 1)
            for fold in range(2)
        )
        scores = step("scores", gather_out_of_fold, SGD, folds, dataset.train.labels)
        step("fit", refit, SGD, training, 0, 1)
        step("draw", draw, scores)
    return step
