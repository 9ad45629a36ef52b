"""The page in a real browser, on a real phone without a line: what hands do reaches it, what it says is seen."""

import asyncio
import math
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, expect

from softphone.messages import (
    CallArrived,
    Caller,
    CallId,
    CallState,
    DialKind,
    JoinCalls,
    LineLost,
    Place,
    PlaceCall,
    TextReceived,
)
from tests.end_to_end.lab import Lab, eventually, free_port, until
from tests.end_to_end.peers.chromium import Chromium
from tests.end_to_end.speech import Voice, speech
from tests.web.desk import Desk, living, served

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """One browser for all tests here; each has a context of its own."""
    bench = Lab(tmp_path_factory.mktemp("page"))
    async with Chromium(bench, "page", speech(Voice.JUNE, 2)) as peer:
        browser = peer.page.context.browser
        assert browser is not None
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def desk() -> AsyncIterator[Desk]:
    async with living(Desk()) as desk:
        yield desk


@pytest_asyncio.fixture(loop_scope="module")
async def address(desk: Desk) -> AsyncIterator[str]:
    async with served(desk) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="module")
async def blank(chromium: Browser) -> AsyncIterator[Page]:
    """A page that has been nowhere; what it raises fails the test."""
    context = await chromium.new_context(viewport={"width": 1100, "height": 900}, permissions=["microphone"])
    page = await context.new_page()
    raised: list[str] = []
    context.on("weberror", lambda error: raised.append(str(error.error)))
    yield page
    await context.close()
    assert raised == []


@pytest_asyncio.fixture(loop_scope="module")
async def page(blank: Page, address: str) -> Page:
    await blank.goto(address)
    await expect(blank.locator("#hook")).to_have_text("Décrocher")
    return blank


async def drag_hole(page: Page, digit: str, degrees: float) -> None:
    """A finger in a hole goes clockwise around the dial, and stays."""
    hub, hole = (
        await page.locator(".hub").bounding_box(),
        await page.locator(f".hole[data-digit='{digit}']").bounding_box(),
    )
    assert hub is not None and hole is not None
    x, y = hub["x"] + hub["width"] / 2, hub["y"] + hub["height"] / 2
    dx, dy = hole["x"] + hole["width"] / 2 - x, hole["y"] + hole["height"] / 2 - y
    radius, start = math.hypot(dx, dy), math.atan2(dy, dx)
    await page.mouse.move(x + dx, y + dy)
    await page.mouse.down()
    for step in range(1, 13):
        turn = start + math.radians(degrees) * step / 12
        await page.mouse.move(x + radius * math.cos(turn), y + radius * math.sin(turn))


async def wheel_at(page: Page) -> float:
    transform = await page.locator(".wheel").get_attribute("transform") or "rotate(0)"
    found = re.fullmatch(r"rotate\((-?[\d.]+)\)", transform)
    assert found is not None, transform
    return float(found[1])


async def slide(page: Page, value: float) -> None:
    await page.locator("#distance").evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }", value
    )


# ---------------------------------------------------------------- handset


async def test_handset_is_lifted_and_put_back_by_click(page: Page, desk: Desk) -> None:
    await page.locator("#handset").click(position={"x": 300, "y": 20})
    await desk.comes_to("lifted", lambda seen: seen.handset.lifted)
    await expect(page.locator("#hook")).to_have_text("Raccrocher")
    await expect(page.locator("body")).to_have_class(re.compile("lifted"))
    await page.locator("#hook").click()
    await desk.comes_to("on its cradle", lambda seen: not seen.handset.lifted)
    await expect(page.locator("body")).not_to_have_class(re.compile("lifted"))


async def test_handset_is_lifted_and_put_back_by_drag(page: Page, desk: Desk) -> None:
    for way, lifted in ((-90, True), (90, False)):
        box = await page.locator("#handset .lift").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.25
        await page.mouse.move(x, y)
        await page.mouse.down()
        await page.mouse.move(x, y + way, steps=5)
        await page.mouse.up()
        await expect(page.locator("#hook")).to_have_text("Raccrocher" if lifted else "Décrocher")
        await asyncio.sleep(0.6)  # the drawing moves to its place
        assert desk.snapshot.handset.lifted is lifted, "one drag, one gesture"


async def test_keys_do_what_hands_do(page: Page, desk: Desk) -> None:
    await page.keyboard.press("l")
    await desk.comes_to("lifted", lambda seen: seen.handset.lifted)
    await page.keyboard.type("014")
    await desk.comes_to("dialled", lambda seen: seen.call.number == "014")
    await expect(page.locator("#hook")).to_have_text("Raccrocher")
    await page.keyboard.press("m")
    await desk.comes_to("muted", lambda seen: seen.handset.muted)
    await page.keyboard.press("e")
    await desk.comes_to("earpiece taken", lambda seen: seen.earpiece.place is Place.NEAR)


async def test_holes_are_reached_and_pressed_by_keyboard(page: Page, desk: Desk) -> None:
    await page.locator("#hook").click()
    await desk.comes_to("lifted", lambda seen: seen.handset.lifted)
    hole = page.get_by_role("button", name="Chiffre 5 J K L")
    await hole.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Space")
    await desk.comes_to("55", lambda seen: seen.call.number == "55")


# ---------------------------------------------------------------- dial and display


async def test_number_is_tapped_and_the_display_shows_what_the_phone_says(page: Page, desk: Desk) -> None:
    await page.locator("#hook").click()
    await desk.comes_to("dial tone", lambda seen: seen.call.state is CallState.DIAL_TONE)
    for digit in "0142345678":
        await page.locator(f".hole[data-digit='{digit}']").click()
    await desk.comes_to("calls", lambda seen: seen.call.state is CallState.CALLING)
    assert [command.number for command in desk.line.told if isinstance(command, PlaceCall)] == ["0142345678"]
    shown = desk.snapshot.display
    assert "01 42 34 56 78" in (shown.line1, shown.line2)
    await expect(page.locator("#display")).to_contain_text("01 42 34 56 78")
    lit = await page.locator(".dots").get_attribute("d") or ""
    assert lit.count("M") > 100, "the dots of the display are lit"


async def test_star_and_hash_are_tapped(page: Page, desk: Desk) -> None:
    await page.locator("#hook").click()
    await desk.comes_to("lifted", lambda seen: seen.handset.lifted)
    await page.get_by_role("button", name="Étoile").click()
    await page.get_by_role("button", name="Dièse").click()
    await desk.comes_to("*#", lambda seen: seen.call.number == "*#")


async def test_dial_is_turned_to_the_stop_and_runs_home_at_its_governors_speed(page: Page, desk: Desk) -> None:
    await page.locator("#hook").click()
    await page.locator("[data-kind=rotary]").click()
    await desk.comes_to("rotary", lambda seen: seen.dial.kind is DialKind.ROTARY)
    await drag_hole(page, "5", 200)  # beyond the stop, which is 180 degrees away
    await desk.comes_to("wound", lambda seen: seen.dial.off_rest and seen.dial.turning == "5")
    assert await wheel_at(page) == 180, "the stop holds it"
    assert desk.snapshot.call.number == "", "no pulse before the finger leaves"
    loop = asyncio.get_running_loop()
    began = loop.time()  # before: a busy machine may take its time to say that the finger has left
    await page.mouse.up()
    await eventually(lambda: wheel_home(page), "the wheel is home")
    assert loop.time() - began > 0.55, "600 ms from the stop for a 5, and not at once"
    await desk.comes_to("5 dialled", lambda seen: seen.call.number == "5" and not seen.dial.off_rest)


async def wheel_home(page: Page) -> bool:
    return await wheel_at(page) == 0


async def test_a_tap_turns_the_rotary_dial_by_itself_on_every_page(page: Page, desk: Desk) -> None:
    other = await page.context.new_page()
    await other.goto(page.url)
    await expect(other.locator("#hook")).to_have_text("Décrocher")
    await page.locator("#hook").click()
    await page.locator("[data-kind=rotary]").click()
    await expect(page.locator("[data-kind=rotary]")).to_have_attribute("aria-checked", "true")
    await page.bring_to_front()
    await page.locator(".hole[data-digit='0']").click()

    async def turned() -> bool:
        return await wheel_at(page) > 200

    await eventually(turned, "the wheel is wound")
    await desk.comes_to("0 dialled", lambda seen: seen.call.number == "0")
    await eventually(lambda: wheel_home(page), "the wheel is home")
    await expect(other.locator("#display")).to_have_text(await page.locator("#display").inner_text())


# ---------------------------------------------------------------- earpiece


async def test_slider_posts_distances_and_both_pages_show_the_loudspeaker(page: Page, desk: Desk) -> None:
    second = await page.context.new_page()
    await second.goto(f"{page.url}earpiece")
    await expect(second.locator("#dock")).to_have_text("Prendre")
    await second.locator("#dock").click()
    await desk.comes_to("at the ear", lambda seen: seen.earpiece.place is Place.NEAR)
    for away, loud in ((20, True), (1.5, False)):
        await slide(second, away)
        for each in (page, second):
            await expect(each.locator("#loudspeaker")).to_be_visible(visible=loud)
            await expect(each.locator("#distance")).to_have_value(str(away))
        assert (desk.snapshot.earpiece.distance_cm, desk.snapshot.earpiece.loudspeaker) == (away, loud)
    await second.locator("#lay").click()
    await desk.comes_to("on the table", lambda seen: seen.earpiece.place is Place.TABLE)
    await expect(page.locator("#earpiece-state")).to_contain_text("Sur la table")
    await page.locator("#dock").click()
    await desk.comes_to("docked", lambda seen: seen.earpiece.place is Place.DOCKED)
    await expect(second.locator("#distance")).to_be_disabled()


async def test_drawn_earpiece_is_taken_by_click(page: Page, desk: Desk) -> None:
    await page.locator("#earpiece .ear-well").click()
    await desk.comes_to("taken", lambda seen: seen.earpiece.place is Place.NEAR)
    await expect(page.locator("#earpiece")).to_have_attribute("aria-label", "Écouteur: Ranger")


# ---------------------------------------------------------------- what comes from the phone


async def test_arriving_call_is_seen_and_answered(page: Page, desk: Desk) -> None:
    await page.locator("h1").click()  # a browser sounds only for somebody who has touched the page
    async with page.expect_request("**/sounds/bell.wav?cadence=1500-3500&market=FR"):
        desk.phone.call_control.tell(CallArrived(CallId("in-1"), Caller("0612345678", "Jeanne")))
    await expect(page.locator("#hook")).to_have_text("Répondre")
    await expect(page.locator("#display")).to_contain_text("Jeanne")
    await expect(page.locator("body")).to_have_class(re.compile("ringing"))
    await page.locator("#hook").click()
    await expect(page.locator("#hook")).to_have_text("Raccrocher")
    await expect(page.locator("body")).not_to_have_class(re.compile("ringing"))


async def test_second_call_is_seen_and_can_be_joined_with_the_first(page: Page, desk: Desk) -> None:
    control = desk.phone.call_control
    control.tell(CallArrived(CallId("in-1"), Caller("0612345678", "Jeanne")))
    await expect(page.locator("#hook")).to_have_text("Répondre")
    desk.phone.handset.lift()
    await until(lambda: desk.snapshot.call.state is CallState.TALKING, "the first is answered")
    control.tell(CallArrived(CallId("in-2"), Caller("0698765432", "Paul")))
    await expect(page.locator("#second-call")).to_have_text("Double appel: Paul")
    await expect(page.locator("#transfer")).to_be_hidden()
    await page.locator("#flash").click()
    await expect(page.locator("#second-call")).to_have_text("En attente: Jeanne")
    await page.locator("#transfer").click()
    await until(lambda: JoinCalls(CallId("in-1"), CallId("in-2")) in desk.line.told, "the two are joined")
    await expect(page.locator("#transfer")).to_be_hidden()


async def test_what_somebody_wrote_is_text_whatever_it_looks_like(page: Page, desk: Desk) -> None:
    markup = "<img src=x onerror=\"document.title='hacked'\"><b>Salut</b>"
    desk.phone.call_control.tell(TextReceived(Caller("0612345678", "<i>Jeanne</i>"), markup))
    await expect(page.locator("#message-text")).to_have_text(markup)
    await expect(page.locator("#message-from")).to_have_text("<i>Jeanne</i>")
    assert await page.locator("#message img, #message b, #message i").count() == 0
    assert "hacked" not in await page.title()


async def test_lost_line_is_said_in_words(page: Page, desk: Desk) -> None:
    await expect(page.locator("#line-text")).to_have_text("salon@example.test")
    desk.phone.call_control.tell(LineLost("registrar.test: no answer"))
    await expect(page.locator("#line-text")).to_have_text("Hors service: registrar.test: no answer")
    await expect(page.locator("#line-lamp")).to_have_class("lamp bad")


@pytest.mark.parametrize(("market", "lift"), [("DE", "Abheben"), ("ES", "Descolgar"), ("US", "Lift"), ("CA", "Lift")])
async def test_page_speaks_the_language_of_the_market(blank: Page, market: str, lift: str) -> None:
    async with living(Desk(market)) as desk, served(desk) as address:
        await blank.goto(address)
        await expect(blank.locator("#hook")).to_have_text(lift)
        for path in ("", "earpiece"):
            await blank.goto(address + path)
            await expect(blank.locator("#dock")).not_to_be_empty()
            bare = await blank.locator("[data-word]:visible").evaluate_all(
                "elements => elements.filter(el => !el.textContent || el.textContent === el.dataset.word).length"
            )
            assert bare == 0, "every word of the page is known"


# ---------------------------------------------------------------- voice


async def test_lifting_here_makes_this_browser_the_handset(page: Page, desk: Desk) -> None:
    await page.locator("#hook").click()
    await until(lambda: len(desk.offers) == 1, "one offer")
    part, sdp = desk.offers[0]
    assert part == "handset"
    assert "opus/48000" in sdp and "a=sendrecv" in sdp and "stereo=1" not in sdp
    assert sdp.count("m=") == 1
    await page.locator("#hook").click()
    await until(lambda: desk.left == ["handset"], "the leg is left when the handset is put back")


async def test_second_page_is_asked_before_it_becomes_the_handset(page: Page, desk: Desk) -> None:
    desk.handset.lift()
    await expect(page.locator("#handset-here")).to_be_visible()
    assert desk.offers == []
    await page.locator("#handset-here").click()
    await until(lambda: [part for part, _ in desk.offers] == ["handset"], "one offer, for the handset")


async def test_refused_microphone_is_said_and_one_can_still_listen(blank: Page, address: str, desk: Desk) -> None:
    await blank.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); }"
    )
    await blank.goto(address)
    await blank.locator("#hook").click()
    await expect(blank.locator("[data-matter=microphone]")).to_contain_text("Le navigateur refuse le micro")
    await until(lambda: len(desk.offers) == 1, "one offer")
    assert "a=recvonly" in desk.offers[0][1]


@pytest.mark.parametrize(("query", "on"), [("", True), ("?raw", False)])
async def test_the_browser_cancels_echo_unless_it_is_to_leave_the_voice_alone(
    blank: Page, address: str, query: str, on: bool
) -> None:
    await blank.add_init_script("""
        const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = (wanted) => ((window.wanted = wanted), ask(wanted));
    """)
    await blank.goto(address + query)
    await blank.locator("#hook").click()
    wanted = await (await blank.wait_for_function("window.wanted")).json_value()
    assert wanted["audio"]["echoCancellation"] is on


async def test_page_that_is_not_secure_says_how_to_open_it(blank: Page, address: str) -> None:
    await blank.add_init_script("Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
    await blank.goto(address)
    await blank.locator("#hook").click()
    notice = blank.locator("[data-matter=microphone]")
    await expect(notice).to_contain_text("cette page n’est pas sûre. Ouvrez-la en https:// ou par http://localhost")


async def test_refusal_of_the_base_is_shown_and_the_phone_goes_on(page: Page, desk: Desk) -> None:
    desk.refusal = "the offer has no audio codec we know"
    await page.locator("#hook").click()
    notice = page.locator("[data-matter=voice]")
    await expect(notice).to_contain_text("La voix ne passe plus")
    await expect(notice).to_contain_text("La base refuse : handset: the offer has no audio codec we know")
    await expect(page.locator(".notice")).to_have_count(1)
    await page.keyboard.type("1")
    await desk.comes_to("1 dialled", lambda seen: seen.call.number == "1")


# ---------------------------------------------------------------- the page itself


async def test_lost_base_is_said_and_found_again(blank: Page, desk: Desk) -> None:
    port = free_port()
    async with served(desk, port) as address:
        await blank.goto(address)
        await expect(blank.locator("#hook")).to_have_text("Décrocher")
    await expect(blank.locator("[data-matter=lost]")).to_contain_text("Connexion avec la base perdue")
    await expect(blank.locator("body")).to_have_class(re.compile("lost"))
    desk.handset.lift()
    async with served(desk, port):
        await expect(blank.locator("#hook")).to_have_text("Raccrocher", timeout=15_000)
        await expect(blank.locator("[data-matter=lost]")).to_have_count(0)
        await expect(blank.locator("body")).not_to_have_class(re.compile("lost"))


@pytest.mark.parametrize("path", ["", "earpiece"])
async def test_page_asks_nobody_else_and_its_policy_holds(blank: Page, address: str, path: str) -> None:
    asked: list[Request] = []
    complaints: list[str] = []
    blank.on("request", lambda request: asked.append(request))
    blank.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    await blank.goto(address + path)
    await expect(blank.locator("#dock")).to_have_text("Prendre")
    await blank.locator("#dock").click()
    await expect(blank.locator("#dock")).to_have_text("Ranger")
    assert asked and all(request.url.startswith((address, "data:")) for request in asked)
    assert complaints == []


@pytest.mark.parametrize("path", ["", "earpiece"])
async def test_page_fits_every_screen(blank: Page, address: str, path: str) -> None:
    await blank.goto(address + path)
    await expect(blank.locator("#dock")).to_have_text("Prendre")
    for width in (320, 390, 768, 1024, 1280, 1920):
        await blank.set_viewport_size({"width": width, "height": 800})
        assert await blank.evaluate("document.documentElement.scrollWidth") <= width
        cut = await blank.locator("button:visible, a:visible, output:visible").evaluate_all(
            "(elements, width) => elements.filter(el => el.getBoundingClientRect().right > width).length", width
        )
        assert cut == 0, f"{cut} controls stick out at {width} px"
