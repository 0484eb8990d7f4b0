"""Fixed records, one set for each report, whose texts are kept as golden files.

The figures are made up and plain to read; a test set of 100 or 10,000 images is meant.
"""

from uuid import UUID

from artifacts.page.first_page import FirstPage
from artifacts.page.model_card import Reproduction, model_card
from artifacts.page.stopped import Stop, stopped_reports
from artifacts.reports.augmentation import augmentation_report
from artifacts.reports.binary import binary_report
from artifacts.reports.champion import Judged, promotion_report
from artifacts.reports.comparison import comparison_report
from artifacts.reports.confidence import confidence_report
from artifacts.reports.dataset import dataset_report, new_images_report, overlap_report
from artifacts.reports.every_class import every_class_report
from artifacts.reports.evidence.mistakes import mistakes_report
from artifacts.reports.evidence.occlusion import importance_report
from artifacts.reports.evidence.robustness import robustness_report
from artifacts.reports.final_scores import evaluation_report
from artifacts.reports.monitoring.drift import drift_report
from artifacts.reports.monitoring.history import history_report
from artifacts.reports.precision_recall import precision_recall_report
from artifacts.reports.predictions import predictions_report
from artifacts.reports.search import search_report
from artifacts.reports.spam import draw_claims, draw_hardest, draw_telling
from artifacts.reports.ten_classes import ten_class_report
from artifacts.reports.textbook import parity_report
from artifacts.reports.two_runs import two_runs_report
from artifacts.start import start_report
from engine.differences import Change
from engine.store.refs import ArrayRef, ModelRef
from tasks.champion.records import Outcome
from tasks.class_names import ClassNames
from tasks.data.records import (
    BatchCount,
    Dataset,
    LabelledImages,
    NewImages,
    Overlap,
    TrainingSet,
)
from tasks.evaluation.records import Confidence, CoveragePoint, Reliability, ReliabilityBin
from tasks.evidence.records import (
    DisturbedAccuracy,
    ForestImportance,
    LinearWeights,
    Mistake,
    Mistakes,
    Occlusion,
    Robustness,
)
from tasks.models.candidates import candidate_specs
from tasks.models.records import CandidateSpec, FittedModel, OutOfFold
from tasks.monitoring.records import Changes, Drift, DriftStatistic, NightFigures, Stretch
from tasks.scoring.records import Familiar, HoldBack
from tasks.scoring.summary import Labelled, Summary
from tasks.selection.records import (
    CheapestPoint,
    ClassPoint,
    EveryClass,
    SettingScore,
    SettingsSearch,
    ThresholdChoice,
)
from tasks.spam.records import Hardest, Telling
from tasks.spam.records import Mistake as MailMistake
from tasks.textbook.records import BookFigure, Parity, ParityRow, ProbabilityCounts
from tests.support.records.promotions import COMPARISON, a_promotion
from tests.support.records.scores import (
    BINARY,
    CHOICE,
    EVALUATION,
    NOWHERE,
    RANKING,
    RESOLUTION,
    TEN,
    score,
)

TITLES = {"sgd": "SGD", "random_forest": "Random Forest"}
SPEC = candidate_specs(("sgd",))[0]


def array(*shape: int) -> ArrayRef:
    return NOWHERE.model_copy(update={"shape": shape})


def images(n: int) -> LabelledImages:
    return LabelledImages.model_construct(rows=array(n, 28, 28), labels=array(n))


DATASET = Dataset.model_construct(
    name="digits",
    title="digits bundled with scikit-learn",
    source="scikit-learn, since OpenML did not answer",
    is_mnist=False,
    train=images(1000),
    test=images(100),
    classes=(0, 1, 2),
    train_counts=(400, 350, 250),
    test_counts=(40, 35, 25),
    content_sha256="c" * 64,
    checks=("every image has 28 x 28 pixels", "the classes are 0 to 2"),
    fallback_reason="no source of MNIST answered",
)
NEW_IMAGES = NewImages.model_construct(
    train=images(1060),
    added=images(60),
    classes=(0, 1, 2),
    counts_before=(400, 350, 250),
    counts_added=(10, 20, 30),
    batches=(
        BatchCount(place="monday", n_read=45, n_joined=40),
        BatchCount(place="tuesday", n_read=20, n_joined=20),
    ),
    duplicates=("monday, image 3 (from 0)", "monday, image 4 (from 0)"),
    n_duplicates=5,
    n_otherwise=0,
    content_sha256="d" * 64,
)
TRAINING = TrainingSet.model_construct(
    stacked=images(5000),
    n_sources=1000,
    offsets=((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)),
)
FITTED = FittedModel.model_construct(
    candidate=SPEC,
    classes=(0, 1),
    model=ModelRef.model_construct(sha256="e" * 64, suffix=".joblib", size_bytes=8000),
    n_train=5000,
    fit_seconds=12.0,
    peak_memory_bytes=1_500_000_000,
    warnings=(),
)
FACTS_TO_REPEAT = Reproduction(
    revision="f" * 40,
    command="python -m flows.full_run --dataset digits --seed 7",
    seed=7,
    libraries=(("python", "3.11"), ("scikit-learn", "1.9.1")),
)
EVERY_CLASS = EveryClass(
    candidate="sgd",
    target_precision=0.9,
    cost_false_alarm=1.0,
    cost_miss=5.0,
    n_images=1000,
    points=(
        ClassPoint(
            label=0,
            n_images=400,
            threshold=1.25,
            precision=0.91,
            recall=0.8,
            best_precision=0.99,
            fold_precisions=(0.9, 0.92, None),
            cheapest=CheapestPoint(threshold=0.5, false_alarms=30, misses=10, cost=80.0),
        ),
        ClassPoint(
            label=1,
            n_images=350,
            threshold=None,
            precision=None,
            recall=None,
            best_precision=0.7,
            fold_precisions=(),
            cheapest=CheapestPoint(threshold=None, false_alarms=0, misses=350, cost=1750.0),
        ),
    ),
)
CONFIDENCE = Confidence.model_construct(
    candidate="sgd",
    n_test=100,
    are_probabilities=False,
    coverages=(
        CoveragePoint(
            coverage=1.0, n_answered=100, n_errors=8, least_lead=0.0, accuracy=score(0.92)
        ),
        CoveragePoint(
            coverage=0.9, n_answered=90, n_errors=2, least_lead=0.4, accuracy=score(0.97)
        ),
    ),
    risk_area=0.012,
    reliabilities=(
        Reliability(
            name="calibrated",
            brier=score(0.12),
            bins=(
                ReliabilityBin(
                    low=0.5, high=0.6, n_images=20, mean_probability=0.55, accuracy=score(0.5)
                ),
                ReliabilityBin(
                    low=0.9, high=1.0, n_images=80, mean_probability=0.97, accuracy=score(0.96)
                ),
            ),
        ),
    ),
    probabilities=NOWHERE,
)


def a_mistake(index: int, *, runner_up: int, neighbour: int) -> Mistake:
    return Mistake(
        index=index,
        true=4,
        predicted=9,
        runner_up=runner_up,
        margin=2.5,
        neighbours=(11, 12, 13),
        neighbour_labels=(neighbour, 9, 9),
        neighbour_distances=(800.0, 900.0, 1000.0),
    )


MISTAKES = Mistakes(
    n_test=100,
    n_wrong=8,
    studied=(
        a_mistake(3, runner_up=4, neighbour=9),
        a_mistake(17, runner_up=4, neighbour=4),
        a_mistake(29, runner_up=7, neighbour=9),
    ),
    suspected=((3, "3 of its 3 nearest training images are a 9, none is a 4"),),
)
OCCLUSION = Occlusion.model_construct(
    candidate="sgd",
    classes=(0, 1, 2),
    n_images=(40, 35, 0),
    window=3,
    are_probabilities=False,
    drops=array(3, 28, 28),
    means=array(3, 28, 28),
)
IMPORTANCES = (
    ForestImportance.model_construct(
        candidate="random_forest",
        n_fitted=1000,
        n_permuted=100,
        window=3,
        accuracy=score(0.95),
        impurity=array(28, 28),
        permutation=array(28, 28),
    ),
    LinearWeights.model_construct(
        candidate="sgd",
        classes=(0, 1, 2),
        n_fitted=1000,
        accuracy=score(0.9),
        weights=array(3, 28, 28),
    ),
)
ROBUSTNESS = Robustness(
    candidate="sgd",
    shift=1,
    own_jitter=0.0,
    image_size=(28, 28),
    n_images=80,
    n_test=100,
    n_train_augmented=5000,
    n_train_plain=1000,
    seed=7,
    scores=(
        DisturbedAccuracy(
            kind="moved right",
            strength=0,
            unit="px",
            augmented=score(0.92),
            plain=score(0.9),
            p_value=0.3,
        ),
        DisturbedAccuracy(
            kind="moved right",
            strength=2,
            unit="px",
            augmented=score(0.8),
            plain=score(0.6),
            p_value=0.0001,
        ),
        DisturbedAccuracy(
            kind="noisy",
            strength=30,
            unit="grey levels",
            augmented=score(0.85),
            plain=score(0.88),
            p_value=0.2,
        ),
    ),
)
DRIFT = Drift(
    n_before=1000,
    n_now=1060,
    classes=(0, 1, 2),
    shares_before=(0.4, 0.35, 0.25),
    shares_now=(0.387, 0.349, 0.264),
    ink_before=33.1,
    ink_now=40.2,
    ink_range=(10.0, 70.0),
    outside=0.04,
    statistics=(
        DriftStatistic(
            name="shares of the classes",
            statistic="population stability index",
            value=0.001,
            limit=0.1,
            reason="a limit of credit scoring",
        ),
        DriftStatistic(
            name="ink",
            statistic="difference of the means",
            value=0.31,
            limit=0.2,
            reason="a small effect",
        ),
    ),
)
FIGURES = NightFigures(
    dataset_name="digits",
    title="SGD",
    n_train=1000,
    accuracy=score(0.92),
    macro_precision=score(0.915),
    macro_recall=score(0.91),
    digit=5,
    target_precision=0.9,
    threshold=1.25,
    recall=0.48,
    fit_seconds=12.0,
    peak_memory_bytes=1_500_000_000,
)
NIGHTS = (
    Stretch(
        first="2026-01-01T02:15:00+01:00",
        last="2026-01-02T02:15:00+01:00",
        n_runs=2,
        figures=FIGURES,
        outcome=Outcome.FIRST,
        has_new_champion=True,
    ),
    Stretch(
        first="2026-01-03T02:15:00+01:00",
        last="2026-01-03T02:15:00+01:00",
        n_runs=1,
        figures=FIGURES.model_copy(update={"n_train": 1060, "accuracy": score(0.94)}),
        outcome=Outcome.PROMOTED,
        has_new_champion=True,
    ),
)
CHANGES = Changes(
    inputs=("training images 1,000 -> 1,060",),
    code=("tasks.models.folds",),
    libraries=(),
    scores=("accuracy 92.00% -> 94.00%",),
)


def a_setting(value: float, *, accuracy: float, chosen: bool = False) -> SettingScore:
    return SettingScore(
        parameter="alpha",
        value=value,
        is_chosen=chosen,
        fold_accuracies=(accuracy - 0.01, accuracy, accuracy + 0.01),
        mean_accuracy=accuracy,
        std_accuracy=0.01,
        mean_fit_seconds=2.0,
        only_this_right=0 if chosen else 12,
        only_chosen_right=0 if chosen else 30,
        p_value=1.0 if chosen else 0.008,
    )


SEARCH = SettingsSearch(
    candidate=CandidateSpec(
        name="sgd",
        title="SGD",
        builder="sgd",
        parameters=(("alpha", 0.0001),),
        response_method="decision_function",
        default_threshold=0.0,
    ),
    scores=(a_setting(0.0001, accuracy=0.92, chosen=True), a_setting(0.01, accuracy=0.89)),
)
PARITY = Parity(
    rows=(
        ParityRow(figure=BookFigure(model="sgd", name="precision", value="0.8371"), ours=0.83709),
        ParityRow(
            figure=BookFigure(model="sgd", name="recall", value="0.6512"),
            ours=0.66,
            explanation="another version of scikit-learn shuffles otherwise.",
        ),
    ),
    scikit_learn="1.9.1",
)
COUNTS = ProbabilityCounts(
    candidate="random_forest",
    n_images=(50,) + (1,) * 100,
    n_positive=(0,) * 51 + (1,) * 50,
    low=0.5,
    high=0.6,
    n_between=9,
    share=1.0,
)
STOP = Stop(
    step="augment",
    place=2,
    total=45,
    reason="Cannot write data/objects: No space left on device.",
    traceback="",
    done=(("fetch", "1.0 s"),),
    store="data",
    command="python -m flows.full_run --dataset digits",
)

FIRST_PAGE = FirstPage(
    goal=0.97,
    scores=(("accuracy", score(0.94)),),
    believe=(),
    weak=("**6** of 100 test images are wrong.",),
    pictures=(),
)
HOLD_BACK = HoldBack(
    asked="2%",
    by="lead",
    threshold=0.25,
    share=0.02,
    accuracy=score(0.995),
    test_share=0.019,
    test_accuracy=score(0.996),
)
FAMILIAR = Familiar.model_construct(threshold=5.25, expected=0.01, false_alarms=score(0.011))
SUMMARY = Summary(
    classes=(0, 1),
    n_files=4,
    n_images=3,
    n_digits=10,
    n_before=2,
    counts=(5, 3),
    n_unsure=1,
    n_unlike=1,
    n_unread=1,
    problems=(("/inbox/<b>a|*.png", "Read <b>a|*.png: it is empty (0 bytes)."),),
    n_without_label=2,
    n_lost_labels=1,
    lost_labels=(("/inbox/train.csv", "the label of row 3, counted from 0, is 'x|y'."),),
    labelled=Labelled(
        n=8,
        accuracy=score(0.75),
        accuracy_answered=score(0.875),
        confusion=((4, 1), (1, 2)),
    ),
)
TWO = [("monday", Judged("SGD", 100, EVALUATION)), ("tuesday", Judged("SGD", 200, EVALUATION))]


def spam_text():
    """The texts of the reports that only a run on mails has."""
    column = ArrayRef.model_construct(shape=(1000, 2))
    ways = tuple(
        OutOfFold.model_construct(scores=column, fold_accuracies=each)
        for each in ((0.97, 0.99), (0.985, 0.995))
    )
    at = ThresholdChoice.model_construct(precision=0.991, recall=0.94)
    mistakes = (
        MailMistake(is_spam=True, margin=3.25, snippet="Your memorial | `bill`"),
        MailMistake(is_spam=False, margin=0.5, snippet="<b>Movie</b> trivia"),
    )
    telling = Telling(
        words=(("click here", 2.5), ("please", 2.0), ("subscribed", -1.0), ("kernel", -3.0)),
        pieces=(("␣our", 1.5), ("¶¶¶¶", -0.5)),
        counts=(),
    )
    reports = (
        draw_claims.fn(("as chosen", "alike mails on both sides"), ways, (at, None), EVALUATION),
        draw_hardest.fn(Hardest(mistakes=mistakes)),
        draw_telling.fn(telling, "SGD on words and n-grams"),
    )
    return "\n".join(f"# {each.title}\n\n{each.markdown}" for each in reports)


TEXTS = {
    "predictions": lambda: predictions_report(SUMMARY, HOLD_BACK, FAMILIAR),
    "two_runs": lambda: two_runs_report(
        TWO, COMPARISON, (Change("option.shift", 0, 1), Change("library.numpy", "1", "none"))
    ),
    "spam": spam_text,
    "dataset": lambda: dataset_report(DATASET),
    "overlap": lambda: overlap_report(
        DATASET.model_copy(update={"n_left_out": 3}),
        Overlap(
            n_doubled_train=7,
            n_doubled_otherwise=1,
            n_doubled_test=0,
            n_test_near_train=2,
            n_train_near_train=4,
            near_levels=4.0,
        ),
    ),
    "named_classes": lambda: ten_class_report(
        TEN, "SGD", ClassNames(named=((0, "ankle boot"), (1, "<b>bag</b>"), (2, "coat*")))
    ),
    "new_images": lambda: new_images_report(NEW_IMAGES),
    "augmentation": lambda: augmentation_report(TRAINING),
    "drift": lambda: drift_report(DRIFT, "2026-01-01T02:15:00+01:00"),
    "binary": lambda: binary_report((BINARY,), ("SGD",), 5),
    "precision_recall": lambda: precision_recall_report((CHOICE,), TITLES, "sgd"),
    "every_class": lambda: every_class_report(EVERY_CLASS, "SGD"),
    "comparison": lambda: comparison_report(
        (), (BINARY, BINARY.model_copy(update={"candidate": "random_forest"})), RANKING, 5
    ),
    "ten_classes": lambda: ten_class_report(TEN, "SGD"),
    "final_scores": lambda: evaluation_report(EVALUATION, RESOLUTION, "SGD", "MNIST"),
    "confidence": lambda: confidence_report(CONFIDENCE, "SGD"),
    "mistakes": lambda: mistakes_report(MISTAKES, "SGD"),
    "occlusion": lambda: importance_report(OCCLUSION, IMPORTANCES, "SGD", ("Random Forest", "SGD")),
    "robustness": lambda: robustness_report(ROBUSTNESS, "SGD"),
    "champion": lambda: promotion_report(a_promotion(Outcome.PROMOTED)),
    "history": lambda: history_report(
        NIGHTS,
        CHANGES,
        since="2026-01-02T02:15:00+01:00",
        revisions=("a" * 40, "b" * 40),
        n_damaged=1,
    ),
    "search": lambda: search_report(SEARCH),
    "textbook": lambda: parity_report(
        PARITY, (("sgd", "SGD"), ("random_forest", "Random Forest")), (COUNTS,)
    ),
    "stopped": lambda: "\n".join(each.markdown for each in stopped_reports(STOP)),
    "start": lambda: (
        start_report(
            "missed",
            "The goal is missed.",
            FIRST_PAGE,
            [("The data set", UUID(int=7)), ("Is it a 5 or not?", UUID(int=8))],
            facts=("run of 2026-01-03 02:15", "data set MNIST"),
            page="/outputs/2026-01-03T02-15-00-mnist_784-00000000/report.html",
        ).markdown
    ),
    "model_card": lambda: model_card(
        dataset=DATASET,
        choice=CHOICE,
        fitted=FITTED,
        evaluation=EVALUATION,
        again=FACTS_TO_REPEAT,
    ),
}
