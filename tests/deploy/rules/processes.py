"""Every process of `launcher.topology` is deployed as it is started there, and told what its settings are."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.configuration import settings
from goldenthread.runtime.configuration.settings import FILE, PREFIX, BadSettings
from tests.deploy.manifests import COMPONENT, Container, Object, Render
from tests.deploy.process_containers import (
    NAME,
    OURS,
    Running,
    Variable,
    in_container,
    our_containers,
    process_of,
    running,
    setting,
    variables,
)
from tests.deploy.rules.registry import containers, rule

OTHER_VARIABLES = ("OTEL_",)
"""How the variables begin that are read by what we use, and not by us."""
_COMMANDS = [["migrate"], ["topics"]]
"""The commands of `goldenthread` that deployments use."""
_ANY_DATABASE = "postgresql://user:password@database:5432/name"


def whole(render: Render) -> list[Render]:
    """Subjects: the render itself."""
    return [render]


def deployments(render: Render) -> list[Object]:
    """Subjects: what is labelled as ours and runs for ever."""
    return [each for each in render.of("Deployment", "StatefulSet") if each.labels.get(NAME) == OURS]


@rule(whole)
def every_process_is_deployed(render: Render, _: Render) -> Iterator[str]:
    found = {each.process for each in running(render)}
    for process in PROCESSES:
        if process not in found:
            yield f"nothing runs {process.name}: a Deployment with the command {in_container(process)}"


@rule(deployments)
def a_deployment_runs_one_process(deployment: Object, render: Render) -> Iterator[str]:
    """By topology's command; its name and component are the process's, or begin with it (`alignment-large`)."""
    found = [each for each in render.containers() if each.pod.owner is deployment and each.part == "containers"]
    ours = [(each, process_of(each.command)) for each in found]
    commands = [in_container(each) for each in PROCESSES]
    if [process for _, process in ours if process is not None] == []:
        yield f"its command {found[0].command} is none of topology's: {commands}"
    for container, process in ours:
        if process is None:
            continue
        if container.body.get("args"):
            yield f"args {container.body['args']}: a process takes none, its settings are variables"
        component = deployment.labels.get(COMPONENT, "")
        if component.removesuffix("-large") != process.name:
            yield f"its label {COMPONENT} is {component!r} and not {process.name!r}, what it runs"
        if deployment.name != f"{OURS}-{component}":
            yield f"it is to be called {OURS}-{component}, after its label {COMPONENT}"


@rule(running)
def variables_are_settings(found: Running, render: Render) -> Iterator[str]:
    """Each is a setting of that process: one that is not would be ignored without a word."""
    known = settings.variables(found.settings)
    for name in variables(found.container, render):
        if name not in known and not name.startswith(OTHER_VARIABLES):
            yield f"{name} is no setting of {found.process.name}: correct its name, or leave it out"


@rule(running)
def no_variable_is_given_twice(found: Running, _: Render) -> Iterator[str]:
    names = [each["name"] for each in found.container.body.get("env") or []]
    for name in sorted({each for each in names if names.count(each) > 1}):
        yield f"{name} stands there twice: leave one out"


@rule(running)
def settings_can_be_loaded(found: Running, render: Render) -> Iterator[str]:
    """Every value fits; and, in an overlay, every setting without a default is given."""
    try:
        settings.load(found.settings, loadable(found, render))
    except BadSettings as error:
        yield from (each for each in error.problems if render.is_overlay or " is not set" not in each)


@rule(running)
def a_process_says_who_it_is(found: Running, render: Render) -> Iterator[str]:
    """By the client id that the others know it by."""
    name = setting("service_client_id")
    given = variables(found.container, render).get(name, Variable("")).text
    if given != found.process.client:
        yield f"{name} is {given!r} and not {found.process.client!r}, which the others take for one of us"


@rule(containers)
def migrations_are_of_the_pods_process(container: Container, render: Render) -> Iterator[str]:
    """What runs `goldenthread migrate PROCESS` is told that process's database, and the process migrates nothing."""
    if container.command[:2] != ["goldenthread", "migrate"]:
        return
    stored = {each.name for each in PROCESSES if each.database}
    named = container.command[2:]
    component = container.pod.labels.get(COMPONENT, "").removesuffix("-large")
    if not named or not set(named) <= stored:
        yield f"{container.command} names no process that has a database: {sorted(stored)}"
    elif component in stored and named != [component]:
        yield f"{container.command} in a pod of {component}: it is to migrate {component}"
    else:
        given = variables(container, render).get(setting("database_url"), Variable(""))
        own = f"{OURS}-{named[0]}"
        if (given.secret.name if given.secret else f"{OURS}-{urlsplit(given.text).path.strip('/')}") != own:
            yield f"{setting('database_url')} is not that of {named[0]}: the Secret {own}, or its database"


@rule(our_containers)
def commands_are_ours(container: Container, _: Render) -> Iterator[str]:
    """A process of topology; or a command that ends by itself, before a process or in a Job."""
    ends = container.command[:1] == ["goldenthread"] and container.command[1:2] in _COMMANDS
    alone = container.part == "initContainers" or container.pod.owner.kind == "Job"
    if process_of(container.command) is None and not (ends and alone):
        yield f"its command is {container.command}: a process's, or in what runs first or in a Job {_COMMANDS}"


@rule(running)
def processes_do_not_migrate(found: Running, render: Render) -> Iterator[str]:
    """Replicas that start do not change the schema under those that run."""
    name = setting("migrate")
    if found.process.database and variables(found.container, render).get(name, Variable("")).text != "off":
        yield f'{name} is to be "off": what migrates runs before the process'


def loadable(found: Running, render: Render) -> dict[str, str]:
    """Its variables, with something in the place of every secret."""
    given = variables(found.container, render)
    database, known = setting("database_url"), settings.variables(found.settings)
    loadable = {}
    for name, each in given.items():
        secret = name.removesuffix(FILE)
        if name.endswith(FILE) and name in known and secret in known:  # the file has it, which is somewhere else
            loadable[secret] = "something"
        elif name.startswith(PREFIX):
            loadable[name] = each.text if each.secret is None else _ANY_DATABASE if name == database else "something"
    return loadable
