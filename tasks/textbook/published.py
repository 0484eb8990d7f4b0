"""The figures that chapter 3's notebook prints, digit by digit.

They are what ours are compared with and enter no computation. Source: A. Géron, "Hands-On
Machine Learning with Scikit-Learn, Keras and TensorFlow", third edition, 03_classification.
"""

from tasks.textbook.records import BookFigure

LAST_EQUAL_WITH = "1.9.1"

# Fold 1 of the raw pixels gives the book's 0.87365 with 1.2.2 and 1.7.2, and 0.87745 with 1.9.1.
_STOPS_LATER = (
    "since scikit-learn 1.8 SGD stops by the whole objective and no longer by the loss alone "
    "(its pull request 31856), so some of the ten fits end after other numbers of passes"
)
NEVER_EQUAL = {"sgd_ten_classes": _STOPS_LATER, "sgd_standardised": _STOPS_LATER}

_PRINTED = {
    "sgd": {
        "accuracy, fold 1": "0.95035",
        "accuracy, fold 2": "0.96035",
        "accuracy, fold 3": "0.96040",
        "others called others": "53892",
        "others called fives": "687",
        "fives called others": "1891",
        "fives called fives": "3530",
        "precision": "0.8370879772350012",
        "recall": "0.6511713705958311",
        "F1": "0.7325171197343847",
        "threshold for 90 % precision": "3370.0194991439557",
        "precision at the 90 % threshold": "0.9000345901072293",
        "recall at the 90 % threshold": "0.4799852425751706",
        "ROC AUC": "0.9604938554008616",
    },
    "random_forest": {
        "precision": "0.9897468089558485",
        "recall": "0.8725327430363402",
        "F1": "0.9274509803921569",
        "ROC AUC": "0.9983436731328145",
        "share of fives at 0.50 to 0.60": "0.940",
    },
    "sgd_ten_classes": {
        "accuracy, fold 1": "0.87365",
        "accuracy, fold 2": "0.85835",
        "accuracy, fold 3": "0.86890",
    },
    "sgd_standardised": {
        "accuracy, fold 1": "0.89830",
        "accuracy, fold 2": "0.89100",
        "accuracy, fold 3": "0.90180",
    },
}

PUBLISHED = tuple(
    BookFigure(model=model, name=name, value=value)
    for model, printed in _PRINTED.items()
    for name, value in printed.items()
)
