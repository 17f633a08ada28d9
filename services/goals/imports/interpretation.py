"""How the file of an import is read: with the words that are kept of its source, which is found by what it says then.

Whichever source is found, the file is read as if that source had been named: with its words, and those said now.
"""

from __future__ import annotations

from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.plan import PlanWords
from goldenthread.organization.organization import Organization
from goldenthread.runtime.configuration.database_limits import DatabaseLimits
from goldenthread.runtime.postgres.database import Connection
from goldenthread.runtime.postgres.transactions import kept_alive
from services.goals.domain.imports import kept_plan_words
from services.goals.domain.imports.plan_words import combined
from services.goals.domain.imports.source_matching import source_of
from services.goals.imports import source_loading
from services.goals.imports.import_file import ImportFile, ReadFile
from services.goals.imports.source_loading import SourceName
from services.goals.stores import import_sources_store

_NONE = PlanWords()


class InterpretedFile(Struct, frozen=True):
    """A file as it was read, its source, and the words of that: those kept before, and those from now on.

    `kept` is None for a file that is no sheet.
    """

    read: ReadFile
    source: SourceName
    kept: PlanWords | None
    words: PlanWords

    @property
    def words_changed(self) -> bool:
        """Whether the command gives words that are not kept yet."""
        return self.kept is not None and self.words != self.kept


async def likely_words(
    connection: Connection, organization: Id, command: ImportPlan, file: ImportFile, said: PlanWords
) -> PlanWords:
    """The words that the file is most likely read with, so that it can be read before the organization is looked at."""
    kept = await _kept(connection, organization, command, file)
    found = await _candidates(kept, command, file)
    with suppress(Refused):
        return combined(kept[found[0]], said) if found else said
    return said


class FileInterpreter:
    """Reads a file as one state of the organization has it: `connection` shows the same as `org`."""

    def __init__(
        self,
        connection: Connection,
        limits: DatabaseLimits,
        organization: Id,
        org: Organization,
        command: ImportPlan,
        file: ImportFile,
        said: PlanWords,
    ) -> None:
        self._connection, self._limits, self._organization, self._org = connection, limits, organization, org
        self._command, self._file, self._said = command, file, said

    async def interpret(self) -> InterpretedFile:
        """Raises `Refused`: the file cannot be read, or several sources are possible."""
        named = source_loading.named_source(self._command)
        if named is not None:
            return await self._of(named)
        kept = await _kept(self._connection, self._organization, self._command, self._file)
        refused: Refused | None = None
        for source in await _candidates(kept, self._command, self._file):
            try:
                read = await self._read(combined(kept[source], self._said))
                found = await self._find(read)
            except Refused as error:
                if source in error.problems[0].candidates:
                    raise
                refused = refused or await self._with_used_words(error, kept[source])
                continue
            if found.name == source:
                return await self._of(source, found)
        try:
            found = await self._find(await self._read(self._said))
        except Refused as error:
            raise (error if error.problems[0].candidates else refused or error) from None
        return await self._of(found.name, found)

    async def _of(self, name: str, source: SourceName | None = None) -> InterpretedFile:
        """The file, read with the words of the source that is named so."""
        if not self._file.is_sheet:
            read = await self._read(self._said)
            return InterpretedFile(read, source or await self._find(read), None, self._said)
        kept = await import_sources_store.words_of(self._connection, self._organization, name)
        words = combined(kept, self._said)
        try:
            read = await self._read(words)
        except Refused as error:
            raise await self._with_used_words(error, kept) from None
        used = await self._used(kept)
        if used is not None:
            read = replace(read, plan=replace(read.plan, notes=[used, *read.plan.notes]))
        return InterpretedFile(read, source or await self._find(read), kept, words)

    async def _read(self, words: PlanWords) -> ReadFile:
        if self._file.was_read(words):
            return await self._file.read(words)
        async with kept_alive(self._connection, self._limits):
            return await self._file.read(words)

    async def _find(self, read: ReadFile) -> SourceName:
        return await source_loading.find(self._connection, self._organization, self._org, self._command, read.plan)

    async def _used(self, kept: PlanWords) -> str | None:
        """Which of the words that are kept the file was read with, for a person."""
        return None if kept == _NONE else kept_plan_words.used(kept, self._said, await self._file.texts())

    async def _with_used_words(self, refused: Refused, kept: PlanWords) -> Refused:
        """A refusal of a file that was read with words that were kept: it says which."""
        used = await self._used(kept)
        if used is None:
            return refused
        hint = f"{used} Say otherwise where that is wrong (`columns`, `types`; `--map`, `--type`)."
        return Refused(
            *(replace(each, message=f"{each.message.removesuffix('.')}. {hint}") for each in refused.problems)
        )


async def _kept(
    connection: Connection, organization: Id, command: ImportPlan, file: ImportFile
) -> dict[str, PlanWords]:
    """The words that may be those of the file, by source."""
    if not file.is_sheet:
        return {}
    named = source_loading.named_source(command)
    name = named or source_of(command.file_name)
    known = {name: await import_sources_store.words_of(connection, organization, name)}
    others = {} if named else await import_sources_store.words(connection, organization)
    return {source: words for source, words in (known | others).items() if words != _NONE}


async def _candidates(kept: dict[str, PlanWords], command: ImportPlan, file: ImportFile) -> list[str]:
    if not kept:
        return []
    name = source_loading.named_source(command) or source_of(command.file_name)
    return kept_plan_words.candidates(kept, name, await file.texts())
