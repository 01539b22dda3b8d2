"""Tables: escaped, with heads, and numbers to sort by."""

from __future__ import annotations

from markupsafe import Markup

from components.evaluator.intervals import Interval
from pipeline.report.table import Number, Table, as_html, interval, number, signed
from tests.pipeline.report.run_result import SCRIPT, Page


def test_numbers_are_shown_with_so_many_digits_and_sorted_by_their_value() -> None:
    assert number(1234.5678, 1) == ("1,234.6", 1234.5678)
    assert signed(0.0, 2) == ("+0.00", 0.0)
    assert interval(Interval(0.004, -0.001, 0.009, 0.1), 100, 2) == ("-0.10 … +0.90", 0.4)


def test_a_column_with_numbers_stands_to_the_right_and_holds_their_values() -> None:
    html = as_html(Table("figures", ("figure", "value"), [("a", number(0.5, 2)), ("b", "–")]))
    assert '<th scope="col" class="n">value</th>' in html
    assert '<th scope="row">a</th><td class="n" data-value="0.5">0.50</td>' in html
    assert '<td class="n">–</td>' in html
    assert Page(html).rows == [["figure", "value"], ["a", "0.50"], ["b", "–"]]


def test_a_long_word_may_break() -> None:
    html = as_html(Table("words", ("word", "other"), [("W" * 40, "words that are short enough")]))
    assert f'<th scope="row">{"W" * 16}<wbr>{"W" * 16}<wbr>{"W" * 8}</th>' in html
    assert html.count("<wbr>") == 2


def test_text_is_escaped_and_html_is_not() -> None:
    row = (SCRIPT, Number(SCRIPT, 1.0), Markup("<code>x</code>"))
    html = as_html(Table(SCRIPT, (SCRIPT, "b\x1b", "c"), [row]))
    page = Page(html)
    assert "script" not in page.tags
    assert page.tags.count("code") == 1
    assert page.rows == [[SCRIPT, "b\\x1b", "c"], [SCRIPT, SCRIPT, "x"]]
