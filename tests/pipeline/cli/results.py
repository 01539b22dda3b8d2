"""What finished runs leave in `summary.json`, as far as the terminal shows it."""

from __future__ import annotations

from typing import Any


def summary(seeds: int = 1, **changes: Any) -> dict[str, Any]:
    """A run whose candidate won by two points with each of its seeds."""
    arm = {"test_loss": 0.5, "train_accuracy": 0.95, "best_epoch": 7}
    return {
        "run": "20261124-101500",
        "experiment": "mlp-batchnorm",
        "question": "Does it help?",
        "headline": "Yes, it paid off.",
        "details": ["Conclusion: better."],
        "blessed": True,
        "data": "Fashion-MNIST (check sums verified)",
        "picture_notes": [],
        "baseline": {"title": "MLP", "test_accuracy": 0.8, **arm},
        "candidate": {"title": "MLP + BN", "test_accuracy": 0.82, **arm},
        "seeds": list(range(1, seeds + 1)),
        "significance": {
            "baseline_accuracy": [0.8 + 0.01 * seed for seed in range(seeds)],
            "candidate_accuracy": [0.82 + 0.01 * seed for seed in range(seeds)],
            "mcnemar_p": [0.012] * seeds,
            "accuracy": {"estimate": 0.02, "low": 0.01, "high": 0.03},
            "conclusion": "better",
        },
        "settings": {"seed": 1, "candidate.epochs": 10},
        **changes,
    }
