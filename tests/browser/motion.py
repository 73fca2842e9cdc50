"""Scripts that look at an animation in a page, frame by frame."""

HELD = """
async function held() {
    const real = requestAnimationFrame;
    const due = [];
    let now = await new Promise((done) => real(done));
    performance.now = () => now;
    window.requestAnimationFrame = (act) => due.push(act);
    for (let each = 0; each < 2; each++) now = await new Promise((done) => real(done));
    const frame = () => {
        now += 1000 / 60;
        for (const act of due.splice(0)) act(now);
    };
    for (let each = 0; each < 300; each++) frame(); // what still moves comes to rest
    return frame;
}
"""
"""Holds the page's clock: its frames come when they are asked for, a sixtieth of a second apart.

However slow a machine is, each is looked at, and none takes so long that a token leaps."""

LOOK = """
function look(home) {
    const one = (css) => home.querySelector(css);
    const box = one(".ec-place.ec-buffer > rect").getBoundingClientRect();
    const inside = (e) => {
        const { left, right, top, bottom } = e.getBoundingClientRect();
        const [x, y] = [(left + right) / 2, (top + bottom) / 2];
        return right > left && x > box.left && x < box.right && y > box.top && y < box.bottom;
    };
    const tokens = [...home.querySelectorAll(".ec-token")];
    const hidden = tokens.some((e) => e.style.visibility === "hidden");
    const whole = one(".ec-share")?.hidden !== false && !hidden;
    const number = (e) => Number(/\\d+/.exec(e.querySelector(".ec-count").textContent)[0]);
    const ring = one(".ec-next");
    const heads = [...home.querySelectorAll("text.ec-head")];
    const head = (name) => heads.find((e) => name.test(e.textContent));
    return {
        said: one(".ec-happened")?.textContent ?? "",
        ring: ring && ring.querySelector(".ec-short").textContent,
        word: one(".ec-first:not(.ec-none)") !== null,
        waiting: number(head(/^buffer|^[A-Z]+ /)),
        busy: number(head(/^consumers/)),
        lanes: home.querySelectorAll(".ec-lane.ec-on").length,
        sent: Number(one(".ec-publisher .ec-big").textContent),
        inside: whole ? new Set(tokens.filter(inside).map((e) => e.dataset.event)).size : null,
    };
}
"""
"""What is said, marked, counted and drawn in a picture now; `inside`: of how many payloads
tokens have their middle in the buffer, if all are drawn."""

WATCH = (
    f"""async ([clicks, name, frames]) => {{{HELD}
    const frame = await held();"""
    """
    const one = (css) => document.querySelector(css);
    const said = (css) => [...document.querySelectorAll(css)].map((e) => e.textContent).join("|");
    const all = [...document.querySelectorAll("button")];
    const button = all.find((e) => e.textContent.includes("Step"));
    const seen = [];
    for (let each = 0; each < clicks; each++) button.click();
    for (let each = 0; each < frames; each++) {
        frame();
        const tokens = [...document.querySelectorAll(".ec-token")].filter(
            (e) => e.querySelector(".ec-short").textContent === name);
        const where = tokens.map((e) => e.getAttribute("transform")).join("|");
        const texts = [".ec-happened", ".ec-out", ".ec-undelivered ~ text.ec-head, text.ec-within",
                       ".ec-collector .ec-end"].map(said);
        const next = document.querySelector(".ec-first:not(.ec-none)") !== null;
        seen.push({ where, told: texts.join("\\n"), next,
                    ring: document.querySelector(".ec-next") !== null });
    }
    return seen;
}"""
)
"""Clicks on Step, then looks at every frame where a payload's tokens are, and what is told."""


RESTS = """async () => {
    const seen = new Set();
    for (let each = 0; each < 12; each++) {
        await new Promise((done) => requestAnimationFrame(done));
        const tokens = [...document.querySelectorAll(".ec-token")];
        seen.add(tokens.map((e) => e.getAttribute("transform")).join());
    }
    return seen.size === 1;
}"""
"""Whether nothing moves for a while."""

OVER = """() => {
    const texts = [...document.querySelectorAll(".ec-scene text")].filter(
        (e) => e.textContent && !e.closest(".ec-token, .ec-out, .ec-none"));
    const boxes = texts.map((e) => [e.textContent, e.getBoundingClientRect()]);
    return boxes.flatMap(([a, one], n) => boxes.slice(n + 1).flatMap(([b, other]) =>
        one.right > other.left + 1 && other.right > one.left + 1 &&
        one.bottom > other.top + 3 && other.bottom > one.top + 3 ? [[a, b]] : []));
}"""
"""The texts of pictures that lie on another one."""

SIZES = """() => [...document.querySelectorAll('svg.ec-scene text')]
    .filter((e) => e.textContent && e.checkVisibility())
    .map((e) => [e.textContent, parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a])"""
