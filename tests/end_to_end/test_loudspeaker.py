"""(f) Moving the earpiece's slider away turns the loudspeaker on, and back off: API, display and page agree."""

from tests.end_to_end.lab import Lab, eventually
from tests.end_to_end.peers.chromium import Chromium
from tests.end_to_end.peers.neoretro import Served, Snapshot
from tests.end_to_end.speech import Voice, speech


async def slide(browser: Chromium, distance_cm: float) -> None:
    """As a hand does; it waits until the page lets it."""
    await browser.page.locator("#distance").fill(str(distance_cm))


async def page_shows(browser: Chromium, loudspeaker: bool) -> None:
    """The badge, and the words of the display."""

    async def shows() -> bool:
        badge = await browser.page.locator("#loudspeaker").is_visible()
        display = await browser.page.locator("#display").inner_text()
        return badge is loudspeaker and ("Haut-parleur" in display) is loudspeaker

    what = f"{browser.page.url} shows the loudspeaker {'on' if loudspeaker else 'off'}"
    await eventually(shows, what)


def shown(seen: Snapshot, on: bool) -> bool:
    display = seen["display"]["line1"] + seen["display"]["line2"]
    return bool(seen["earpiece"]["loudspeaker"] is on and ("Haut-parleur" in display) is on)


async def test_the_slider_turns_the_loudspeaker_on_and_off(lab: Lab) -> None:
    voice = speech(Voice.JUNE, 5)
    async with (
        Served(lab, {"phone": {"market": "FR"}}) as phone,
        Chromium(lab, "phone", voice) as base,
        Chromium(lab, "earpiece", voice, size=(420, 800), touch=True) as earpiece,
    ):
        await base.page.goto(phone.page)
        await earpiece.page.goto(f"{phone.page}earpiece")
        await earpiece.page.locator("#dock").click()
        await phone.sees(lambda seen: bool(seen["earpiece"]["place"] == "near"), "the earpiece is at the ear")
        for browser in (base, earpiece):
            await page_shows(browser, loudspeaker=False)
        await slide(earpiece, 25)
        await phone.sees(lambda seen: shown(seen, True), "API and display: loudspeaker on")
        for browser in (base, earpiece):
            await page_shows(browser, loudspeaker=True)
        # between the thresholds nothing changes: 6 cm is neither near nor far
        await slide(earpiece, 6)
        await phone.sees(lambda seen: bool(seen["earpiece"]["distance_cm"] == 6), "the phone knows of 6 cm")
        assert shown(await phone.snapshot(), True)
        await slide(earpiece, 2)
        await phone.sees(lambda seen: shown(seen, False), "API and display: loudspeaker off")
        for browser in (base, earpiece):
            await page_shows(browser, loudspeaker=False)
        assert not base.errors and not earpiece.errors
