"""Point 9: providers that refuse, hang, lose and lie: nothing is lost, nothing goes out twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from portico_kit.testing.waiting import eventually
from tests.chaos.post import Post, Sink, Webhook, settings
from tests.chaos.proxy import Proxy

TAKEN_OVER_WITHIN = 300.0
HOURS = 3600.0


@pytest.fixture(scope="module")
def sinks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sink, Sink]]:
    made = tuple(Sink(tmp_path_factory.mktemp(f"sink-{number}")) for number in (1, 2))
    for sink in made:
        sink.wait_until_ready()
    yield made  # type: ignore[misc]
    for sink in made:
        sink.end()


@pytest.fixture
def first(sinks: tuple[Sink, Sink]) -> Iterator[Sink]:
    yield sinks[0]
    sinks[0].recover()


@pytest.fixture
def second(sinks: tuple[Sink, Sink]) -> Iterator[Sink]:
    yield sinks[1]
    sinks[1].recover()


@pytest.fixture
def open_post(service_store: Any) -> Callable[..., Post]:
    def opened(*ports: tuple[int, int], **options: float) -> Post:
        (smtp, web) = ports[0]
        config = settings(smtp_port=smtp, web_port=web)
        return Post.of(service_store("notifications", config=config), *ports, **options)

    return opened


@pytest.fixture
def post(open_post: Any, first: Sink, second: Sink) -> Post:
    """With two providers of each channel."""
    return open_post(*((sink.smtp_port, sink.web_port) for sink in (first, second)))  # type: ignore[no-any-return]


@pytest.fixture
def hasty_post(open_post: Any, first: Sink, second: Sink) -> Post:
    """The same, with little patience: for providers that hang."""
    ports = ((sink.smtp_port, sink.web_port) for sink in (first, second))
    return open_post(*ports, patience=0.5)  # type: ignore[no-any-return]


def held_by(*sinks: Sink) -> Counter[str]:
    """How many sinks keep each delivery."""
    return sum((sink.kept() for sink in sinks), Counter())


def check_each_went_out_once(post: Post, *sinks: Sink) -> None:
    ends, held = post.ends(), held_by(*sinks)
    assert {state for state, _provider in ends.values()} == {"sent"}
    assert {key: held[key] for key in ends} == dict.fromkeys(ends, 1)


@pytest.mark.parametrize(
    ("mail", "text"), [("421_at_connect", "429"), ("421_after_data", "500"), ("450", "503")]
)
def test_the_second_provider_takes_over_what_the_first_does_not_take(
    post: Post, first: Sink, second: Sink, length: Any, notes: Any, mail: str, text: str
) -> None:
    count = length.of(short=5, long=200)
    first.suffer("mail", mail)
    first.suffer("texts", text, seconds=HOURS)
    post.tell(count)
    seconds = post.go_on_until_settled(step=5, within=2 * TAKEN_OVER_WITHIN)
    check_each_went_out_once(post, first, second)
    assert {provider for _state, provider in post.ends().values()} == {2}
    notes.note(
        f"taken over by the second provider, first says {mail} and {text}", seconds, "s by clock",
        wanted=f"<= {TAKEN_OVER_WITHIN:.0f}", holds=lambda s: s <= TAKEN_OVER_WITHIN,
    )  # fmt: skip


def test_the_first_provider_gets_everything_again_once_it_is_well(
    post: Post, first: Sink, second: Sink
) -> None:
    first.suffer("mail", "421_at_connect", times=5)
    first.suffer("texts", "503", times=5)
    post.tell(5)
    post.go_on_until_settled(step=10, within=TAKEN_OVER_WITHIN)
    post.elapsed += HOURS
    for _round in range(5):
        post.tell(12)
        post.go_on(seconds=1)
    last = post.ends().keys()
    post.tell(2)
    post.go_on(seconds=1)
    assert [end for key, end in post.ends().items() if key not in last] == [("sent", 1)] * 4
    check_each_went_out_once(post, first, second)


def test_what_is_refused_for_good_is_tried_once(post: Post, first: Sink, second: Sink) -> None:
    first.suffer("mail", "550")
    before = len(first.sends())
    post.tell(6)
    post.go_on_until_settled(step=60, within=HOURS)
    post.go_on(seconds=HOURS)
    refused = [send for send in first.sends()[before:] if send["outcome"] == "550"]
    assert len(refused) == len({send["recipient"] for send in refused}) == 6
    assert Counter(post.ends().values()) == {("failed", 1): 6, ("sent", 1): 6}
    assert not second.tried().keys() & post.ends().keys()


def test_mail_that_is_accepted_and_lost_is_sent_once_and_cannot_be_known(
    post: Post, first: Sink, second: Sink
) -> None:
    first.suffer("mail", "drop")
    post.tell(4)
    post.go_on(seconds=1)
    post.go_on(seconds=2 * HOURS)
    ours = post.ends()
    assert {state for state, _provider in ours.values()} == {"sent"}
    assert {key: first.tried()[key] for key in ours} == dict.fromkeys(ours, 1)


@pytest.mark.parametrize("how", ["hang", "keep_and_hang"])
def test_what_a_hanging_provider_may_have_is_handed_to_nobody_else(
    hasty_post: Post, first: Sink, second: Sink, length: Any, notes: Any, how: str
) -> None:
    post = hasty_post
    first.suffer("mail", how)
    first.suffer("texts", how)
    post.tell(length.of(short=6, long=100))
    for _round in range(length.of(short=6, long=12)):
        post.go_on(seconds=12)
    doubtful = [key for key, end in post.ends().items() if end == ("queued", 1)]
    assert len(doubtful) > 0
    assert not second.tried().keys() & set(doubtful)
    notes.note("held back for a provider that hangs, of all", len(doubtful) / len(post.ends()), "")
    first.recover()
    seconds = post.go_on_until_settled(step=30, within=HOURS)
    check_each_went_out_once(post, first, second)
    notes.note("in doubt, settled after it was back", seconds, "s by clock")


def test_four_hours_without_any_provider_lose_and_double_nothing(
    post: Post, first: Sink, second: Sink, length: Any, notes: Any
) -> None:
    for sink in (first, second):
        sink.suffer("mail", "421_at_connect")
        sink.suffer("texts", "503")
    post.tell(length.of(short=6, long=300))
    ends, tries = post.elapsed + 4 * HOURS, len(first.sends()) + len(second.sends())
    while post.elapsed < ends:
        post.go_on(seconds=length.of(short=900, long=20))
    assert {state for state, _provider in post.ends().values()} == {"queued"}
    tries = len(first.sends()) + len(second.sends()) - tries
    notes.note("attempts in four hours without a provider", tries / len(post.ends()), "a delivery")
    tried = "SELECT due_at FROM delivery WHERE attempts > 0"
    due = [moment for (moment,) in post.rows(tried)]
    assert len(set(due)) == len(due) > 0, "retries are spread"
    for sink in (first, second):
        sink.recover()
    seconds = post.go_on_until_settled(step=length.of(short=300, long=30), within=1.4 * HOURS)
    check_each_went_out_once(post, first, second)
    notes.note("all sent after the providers were back", seconds, "s by clock")


@pytest.mark.parametrize("weather", ["latency", "black hole", "reset"])
def test_a_bad_line_to_the_first_provider_loses_and_doubles_nothing(
    open_post: Any, first: Sink, second: Sink, seed: int, weather: str
) -> None:
    with (
        Proxy(to_port=first.smtp_port, seed=seed) as smtp,
        Proxy(to_port=first.web_port, seed=seed) as sms,
    ):
        post = open_post((smtp.port, sms.port), (second.smtp_port, second.web_port), patience=1.0)
        post.tell(3)
        post.go_on(seconds=1)  # connections are open and kept
        for proxy in (smtp, sms):
            _spoil(proxy, weather)
        post.tell(4)
        for _round in range(3):
            post.go_on(seconds=12)
        for proxy in (smtp, sms):
            proxy.heal()
        post.go_on_until_settled(step=240, within=1.4 * HOURS)
        check_each_went_out_once(post, first, second)


def _spoil(proxy: Proxy, weather: str) -> None:
    if weather == "latency":
        proxy.spoil(latency=0.05, jitter=0.03)
    elif weather == "black hole":
        proxy.black_hole()
    else:
        proxy.reset()


@pytest.mark.parametrize("how", ["doubled", "backwards", "forged", "none"])
def test_reports_that_come_twice_backwards_forged_or_never_end_every_text_rightly(
    service_store: Any, first: Sink, how: str
) -> None:
    with Webhook() as webhook:
        config = settings(
            smtp_port=first.smtp_port, web_port=first.web_port, status_url=webhook.url
        )
        store = service_store("notifications", config=config)
        ports = (first.smtp_port, first.web_port)
        post = webhook.post = Post.of(store, ports, status_url=webhook.url)
        first.suffer("reports", how)
        post.tell(3)
        post.go_on(seconds=1)
        if how == "none":
            post.ask(after=5 * HOURS)
        texts = "SELECT state FROM delivery WHERE channel = 'text'"
        eventually(lambda: post.rows(texts) == [("delivered",)] * 3, what="every text delivered")
        wanted = {"doubled": 12, "forged": 9, "none": 0}.get(how, 6)
        eventually(lambda: len(webhook.answers) >= wanted, what="every report")
        assert post.rows(texts) == [("delivered",)] * 3
        assert webhook.answers.count(403) >= (3 if how == "forged" else 0)


def test_no_database_connection_is_held_while_a_provider_hangs(
    hasty_post: Post, first: Sink, notes: Any
) -> None:
    post = hasty_post
    first.suffer("mail", "hang")
    first.suffer("texts", "hang")
    post.tell(2)
    before = len(first.sends())
    sending = threading.Thread(target=post.go_on, kwargs={"seconds": 1})
    sending.start()
    url = post.store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    busy: list[int] = []
    with psycopg.connect(url, autocommit=True) as watch:
        eventually(lambda: len(first.sends()) > before, what="a letter that hangs")
        while sending.is_alive():
            hanging = len(first.sends())
            (sessions,) = watch.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
            ).fetchone() or (0,)
            busy.append(sessions if len(first.sends()) == hanging else 0)
            sending.join(timeout=0.05)
    # Between two letters a lease is taken or settled; while one hangs nothing is open.
    assert Counter(busy).most_common(1)[0][0] == 0
    longest = max((len(run) for run in _runs(busy)), default=0)
    notes.note("looks in a row that saw a transaction while a provider hung", longest, "looks",
               wanted="<= 1", holds=lambda n: n <= 1)  # fmt: skip


def _runs(busy: list[int]) -> list[list[int]]:
    runs: list[list[int]] = [[]]
    for before, after in pairwise([0, *busy]):
        if after:
            runs[-1].append(after)
        elif before:
            runs.append([])
    return runs
