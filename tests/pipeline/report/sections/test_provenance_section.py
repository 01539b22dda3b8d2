from __future__ import annotations

from tests.pipeline.report.run_result import SCRIPT, a_summary, of_summary, with_titles


def test_what_is_needed_to_repeat_the_run_is_named() -> None:
    page = of_summary("provenance", a_summary(seeds=2))
    assert page.headings == ["Where it comes from"]
    assert page.row("run") == ["20260102-030405 of experiment mlp-batchnorm"]
    assert page.row("data, SHA-256") == ["train-images 0123abcd"]
    assert page.row("code") == ["commit c0ffee , with changes since; fingerprint f1n6e2"]
    assert page.row("versions") == ["python 3.10"]
    assert page.row("surroundings") == ["keras.floatx=float32"]
    assert page.row("seeds") == ["7, 8"]
    assert page.row("candidate, seed 7") == ["MLP + BN, weights' SHA-256 a1b2c3"]
    assert page.row("Schema") == ["0.5", "done", "Schema/schema/2"]


def test_nodes_are_left_out_where_their_times_are_not_known() -> None:
    assert "Nodes" not in of_summary("provenance", a_summary(nodes=[])).text


def test_what_a_user_wrote_is_text() -> None:
    summary = a_summary(artifacts={"Schema": [SCRIPT]}, data_sha256={SCRIPT: "1"})
    page = of_summary("provenance", with_titles(summary, SCRIPT))
    assert "script" not in page.tags
    assert page.row("Schema") == ["0.5", "done", SCRIPT]
