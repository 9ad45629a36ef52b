"""How the pages show the quality of a call, in a real browser, whatever is measured."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from gateway.rtp.emodel import Quality, rated
from gateway.rtp.equipment import G711, OPUS
from gateway.rtp.figures import PlayoutFigures, SessionFigures, WebRtcFigures
from gateway.web.figures import LegFigures, PhoneFigures
from softphone.messages import CallArrived, CallEnded, Caller, CallId
from tests.end_to_end.lab import Lab
from tests.end_to_end.peers.chromium import Chromium
from tests.end_to_end.speech import Voice, speech
from tests.web.desk import Desk, living, served

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def desk() -> AsyncIterator[Desk]:
    async with living(Desk("US")) as desk:
        yield desk


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """One browser for all tests here; each has a context of its own."""
    bench = Lab(tmp_path_factory.mktemp("quality"))
    async with Chromium(bench, "quality", speech(Voice.JUNE, 2)) as peer:
        browser = peer.page.context.browser
        assert browser is not None
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def page(desk: Desk, chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context(permissions=["microphone"])
    async with served(desk) as address:
        page = await context.new_page()
        await page.goto(address)
        yield page
        await context.close()


def measured(now: Quality, recording: bool = False) -> PhoneFigures:
    """The line was clean all the time but lately; a browser that is perfect."""
    clean = rated(G711, 0.0, 1.0, 60)
    far = SessionFigures(
        PlayoutFigures(), codec="PCMU", jitter_ms=4.2, round_trip_ms=31.4, quality=clean, recent_quality=now
    )
    good = rated(OPUS, 0.0, 1.0, 60)
    handset = WebRtcFigures(PlayoutFigures(), codec="opus", quality=good, recent_quality=good, mouth_to_ear_ms=40.6)
    return PhoneFigures(LegFigures(far, handset), recording=recording)


@pytest.mark.parametrize(
    ("loss", "delay_ms", "word", "bars"),
    [(0.0, 60, "Very good", "4"), (0.05, 60, "Good", "3"), (0.1, 60, "Fair", "2"), (0.02, 450, "Poor", "1")],
)
async def test_bars_and_a_word_say_how_it_is_now(
    page: Page, desk: Desk, loss: float, delay_ms: float, word: str, bars: str
) -> None:
    panel = page.locator("#quality")
    await expect(panel).to_be_hidden()
    desk.measured = measured(rated(G711, loss, 1.0, delay_ms))
    await call(page, desk)
    await expect(page.locator("#quality-word")).to_have_text(word)
    await expect(panel).to_have_attribute("data-bars", bars)
    await expect(page.locator("#quality-recorded")).to_be_hidden()
    await expect(page.locator("#quality-figures")).to_be_hidden()


async def test_who_opens_it_sees_the_figures_and_that_it_is_recorded(page: Page, desk: Desk) -> None:
    desk.measured = measured(rated(G711, 0.012, 1.0, 60), recording=True)
    await call(page, desk)
    await expect(page.locator("#quality-recorded")).to_have_text("recording")
    await page.locator("#quality summary").click()
    cells = [await row.locator("th, td").all_inner_texts() for row in await page.locator("#quality-figures tr").all()]
    assert cells == [
        ["", "Line", "Browser"],
        ["Rating (MOS)", "4.3", "4.3"],
        ["Codec", "G.711 µ", "Opus HD"],
        ["Loss", "1.2 %", "0.0 %"],
        ["Jitter", "4 ms", "0 ms"],
        ["Delay", "–", "41 ms"],
        ["Round trip", "31 ms", "–"],
    ]


async def test_who_hears_the_page_is_told_what_each_figure_is_of(page: Page, desk: Desk) -> None:
    desk.measured = measured(rated(G711, 0.0, 1.0, 60))
    await call(page, desk)
    await page.locator("#quality summary").click()
    table = page.get_by_role("table", name="Voice quality")
    assert await table.get_by_role("columnheader").all_inner_texts() == ["Line", "Browser"]
    assert await table.get_by_role("rowheader").all_inner_texts() == [
        *("Rating (MOS)", "Codec", "Loss", "Jitter", "Delay", "Round trip")
    ]


@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_it_fits_every_screen_with_the_longest_that_it_says(page: Page, desk: Desk, width: int) -> None:
    worst = measured(rated(OPUS, 0.123, 1.0, 460), recording=True)
    assert worst.legs.far is not None
    worst = replace(worst, legs=replace(worst.legs, far=replace(worst.legs.far, codec="opus", round_trip_ms=12_345.6)))
    desk.measured = worst
    await page.set_viewport_size({"width": width, "height": 800})
    await call(page, desk)
    await page.locator("#quality summary").click()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    table = await page.locator("#quality table").bounding_box()
    assert table is not None and table["x"] >= 0 and table["x"] + table["width"] <= width


async def test_it_goes_with_the_call_and_comes_with_the_next(page: Page, desk: Desk) -> None:
    desk.measured = measured(rated(G711, 0.0, 1.0, 60))
    await call(page, desk)
    await expect(page.locator("#quality")).to_be_visible()
    desk.phone.call_control.tell(CallEnded(CallId("a")))
    await expect(page.locator("#quality")).to_be_hidden()


async def test_a_leg_that_is_not_measured_has_no_column(page: Page, desk: Desk) -> None:
    figures = measured(rated(G711, 0.0, 1.0, 60))
    desk.measured = replace(figures, legs=LegFigures(figures.legs.far))
    await call(page, desk)
    await page.locator("#quality summary").click()
    await expect(page.locator("#quality-figures tr").first.locator("th")).to_have_count(1)


async def call(page: Page, desk: Desk) -> None:
    """Somebody calls, and is answered here."""
    await expect(page.locator("#hook")).to_have_text("Lift")
    desk.phone.call_control.tell(CallArrived(CallId("a"), Caller("5550123", "")))
    await expect(page.locator("#hook")).to_have_text("Answer")
    await page.locator("#hook").click()
    await expect(page.locator("#quality")).to_be_visible(timeout=10_000)
