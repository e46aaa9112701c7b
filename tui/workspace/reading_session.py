"""A person reads the answers of a run: which prompt and which answer, what is looked for, and what is compared."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tui.records.quality import AnswerPage, GivenAnswer


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """An answer with its place: the model's index on the page, and the answer's index among those of the model."""

    model: int
    variant: int
    answer: GivenAnswer


class ReadingSession:
    """The pages of a run, of which one is shown with one answer of each model, and one answer is the current one."""

    def __init__(self, pages: Sequence[AnswerPage]) -> None:
        self.pages = self._plan_order = pages
        self.names_hidden = False
        self.page_index, self.current = 0, 0
        self.words = ""
        """The words that are looked for."""
        self._variants: dict[tuple[int, int], int] = {}
        self._partner: ShownAnswer | None = None

    @property
    def page(self) -> AnswerPage | None:
        """The prompt that is shown with its answers; ``None`` if the run has no answers."""
        return self.pages[self.page_index] if self.pages else None

    @property
    def shown(self) -> tuple[ShownAnswer, ...]:
        """The answers that are shown, one of each model."""
        return tuple(self._chosen(model) for model in range(len(self.page.models))) if self.page else ()

    @property
    def answer(self) -> ShownAnswer | None:
        """The current answer."""
        return self._chosen(self.current) if self.page else None

    @property
    def pair(self) -> tuple[ShownAnswer, ShownAnswer] | None:
        """The current answer and the one that it is compared with; ``None`` if nothing is compared."""
        return (self._chosen(self.current), self._partner) if self._partner else None

    def hide_names(self, chance: random.Random | None) -> None:
        """Put the models of each page in an order of chance, so that nothing tells whose answers these are.

        With ``None`` the models are in the order of the plan again.
        """
        self.names_hidden = chance is not None
        self.pages = [
            replace(page, models=tuple(chance.sample(page.models, len(page.models)))) if chance is not None else page
            for page in self._plan_order
        ]
        self._variants.clear()
        self.look_at(0)

    def title_of(self, place: ShownAnswer) -> str:
        """Name an answer by its model, or by its position while names are hidden."""
        return f"Answer {chr(ord('A') + place.model)}" if self.names_hidden else place.answer.key

    def move(self, step: int) -> None:
        """Go to the answer beside the current one; beyond the last one, to the next prompt."""
        if self.page is None:
            return
        target = self.current + step
        if 0 <= target < len(self.page.models):
            self.look_at(target)
        else:
            self.turn_page(step)
            self.current = 0 if step > 0 else len(self.page.models) - 1

    def look_at(self, model: int) -> None:
        """Make the answer of this model on the page the current one."""
        self.current, self._partner = model, None

    def look_at_key(self, key: str) -> None:
        """Make the answer of the model of this key the current one, if it is on the page."""
        keys = [model.key for model in self.page.models] if self.page else []
        if key in keys:
            self.look_at(keys.index(key))

    def turn_page(self, step: int) -> None:
        """Go to another prompt; after the last one comes the first."""
        if self.pages:
            self.page_index = (self.page_index + step) % len(self.pages)
            self.look_at(min(self.current, len(self.pages[self.page_index].models) - 1))

    def show_next_variant(self) -> bool:
        """Show the next different answer of the current model; tells whether there is another one."""
        if self.page is None or len(self.page.models[self.current].answers) < 2:
            return False
        place = self.page_index, self.current
        self._variants[place] = (self._variants.get(place, 0) + 1) % len(self.page.models[self.current].answers)
        self._partner = None
        return True

    def compare_next(self) -> bool:
        """Compare the current answer with the next other one of the page, and after the last one with none.

        Tells whether there is any other answer. Answers without a text are left out.
        """
        if self.page is None:
            return False
        own = self._chosen(self.current)
        others = [
            ShownAnswer(model, variant, answer)
            for model in (*range(self.current, len(self.page.models)), *range(self.current))
            for variant, answer in enumerate(self.page.models[model].answers)
            if answer.text.strip() and (model, variant) != (own.model, own.variant)
        ]
        # The answers of other models come before other answers of the same one.
        others.sort(key=lambda shown: shown.model == own.model)
        if not others or not own.answer.text.strip():
            return False
        index = others.index(self._partner) + 1 if self._partner in others else 0
        self._partner = others[index] if index < len(others) else None
        return True

    def stop_comparing(self) -> None:
        """Show all answers again."""
        self._partner = None

    def find(self, words: str) -> tuple[int, int]:
        """Look for these words, and return in how many answers they stand, of how many there are."""
        self.words = words
        places = [place for page in range(len(self.pages)) for place in self._places(page)]
        return len([place for place in places if self._holds(place)]), len(places)

    def go_to_match(self, step: int) -> bool:
        """Go to the next answer that holds the words, to the one before, or with 0 to the first from the current one.

        Tells whether there is one.
        """
        places = [place for page in range(len(self.pages)) for place in self._places(page)]
        if self.page is None or not places:
            return False
        here = places.index((self.page_index, self.current, self._chosen(self.current).variant))
        if step < 0:
            order = [*places[:here][::-1], *places[here:][::-1]]
        else:
            order = [*places[here + step :], *places[: here + step]]
        for page, model, variant in order:
            if self._holds((page, model, variant)):
                self.page_index = page
                self.look_at(model)
                self._variants[page, model] = variant
                return True
        return False

    def _chosen(self, model: int) -> ShownAnswer:
        variant = self._variants.get((self.page_index, model), 0)
        return ShownAnswer(model, variant, self.pages[self.page_index].models[model].answers[variant])

    def _places(self, page: int) -> list[tuple[int, int, int]]:
        models = self.pages[page].models
        return [(page, model, variant) for model in range(len(models)) for variant in range(len(models[model].answers))]

    def _holds(self, place: tuple[int, int, int]) -> bool:
        page, model, variant = place
        answer = self.pages[page].models[model].answers[variant]
        text = " ".join((answer.text, answer.reasoning, answer.error or "")).casefold()
        return bool(self.words.strip()) and " ".join(self.words.split()).casefold() in " ".join(text.split())
