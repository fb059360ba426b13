"""From answers and probabilities to numbers and tables, intervals and tests."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "calibration": ["expected_calibration_error", "fit_temperature", "reliability_table"],
        "claims": ["Claim", "judge_claim"],
        "classification": [
            "accuracy",
            "accuracy_interval",
            "confident_mistakes",
            "confusion_matrix",
            "cross_entropy",
            "most_confused",
            "pareto_front",
            "per_class_table",
        ],
        "comparing": ["adjusted", "differences", "in_words", "summarise"],
        "ensembles": ["choose_weights", "mean_probabilities"],
        "likeness": ["likeness", "squared_errors"],
        "significance": ["holm", "mcnemar", "paired_bootstrap"],
    },
)
