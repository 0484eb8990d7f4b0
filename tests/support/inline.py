"""Declared steps computed one after the other by their plain functions: no server, no cache."""

from engine.run.workflow import Workflow, resolve


def computed(declare):
    """Return what `declare`, called with a workflow, declares, and the labels of its steps."""
    workflow = Workflow()
    declared = declare(workflow)
    results, ran = {}, []
    for step in workflow.steps:
        if not resolve(step.condition, results):
            results[step] = None
            continue
        ran.append(step.label)
        args, kwargs = resolve(step.args, results), resolve(dict(step.kwargs), results)
        try:
            results[step] = step.task.fn(*args, **kwargs)
        except step.tolerated as error:
            if not resolve(step.tolerated_if, results):
                raise
            results[step] = error
    return resolve(declared, results), ran
