"""Grafana's JSON of a dashboard, for Grafana 11.6 and newer (schema version 41), through Grafana's own typed SDK."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from string import ascii_uppercase

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from goldenthread import __version__
from tests.deploy.dashboards.tables import COLUMNS, Choice, Dashboard, Panel, PanelKind, Row

_SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
_RUNBOOKS = f"https://github.com/goldenthread/goldenthread/blob/v{__version__}/docs/runbooks"
_SCRAPED = "30s"
"""How often the PodMonitor reads the metrics: a query never looks more often, and `$__rate_interval` follows it."""
_TAG = "goldenthread"

_PanelBuilder = timeseries.Panel | stat.Panel | bargauge.Panel | table.Panel


def json_of(made: Dashboard) -> str:
    """The file that Grafana reads. The same dashboard always gives the same text."""
    built = (
        dashboard.Dashboard(made.title)
        .uid(made.uid)
        .description(made.description)
        .tags([_TAG])
        .time(made.period, "now")
        .refresh(made.refresh)
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(_link_to_the_others())
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
    )
    for choice in made.choices:
        built.with_variable(_variable(choice))
    top = 0
    for row in made.rows:
        built.with_row(dashboard.Row(row.title).id(_id(f"row {row.title}")).grid_pos(_place(0, top, COLUMNS, 1)))
        top += 1
        for panel, place in _places(row, top):
            built.with_panel(_panel(panel).id(_id(panel.title)).grid_pos(place))
            bottom = place.y + place.h
        top = bottom
    return JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(built.build()) + "\n"


def _places(row: Row, top: int) -> Iterator[tuple[Panel, models.GridPos]]:
    left = 0
    for panel in row.panels:
        if left + panel.width > COLUMNS:
            left, top = 0, top + row.height
        yield panel, _place(left, top, panel.width, row.height)
        left += panel.width


def _place(x: int, y: int, width: int, height: int) -> models.GridPos:
    return models.GridPos(h=height, w=width, x=x, y=y)


def _id(title: str) -> int:
    """The number by which addresses and Grafana name a panel: it stays when panels are added, moved or removed."""
    return zlib.crc32(title.encode()) % 1_000_000 + 1


def _variable(choice: Choice) -> dashboard.QueryVariable:
    made = (
        dashboard.QueryVariable(choice.name)
        .label(choice.label)
        .datasource(_SOURCE)
        .query(choice.query)
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )
    if choice.several:
        made.multi(True).include_all(True).all_value(choice.all_value)
        made.current(models.VariableOption(text="All", value="$__all"))
    return made


def _link_to_the_others() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("Golden Thread").type(models.DashboardLinkType.DASHBOARDS)
    return link.tags([_TAG]).as_dropdown(True).include_vars(True).keep_time(True)


def _panel(panel: Panel) -> _PanelBuilder:
    made = _MAKERS[panel.kind](panel)
    made.title(panel.title).description(panel.description).unit(panel.unit).datasource(_SOURCE).no_value("–")
    made.links([_runbook(alert) for alert in panel.alerts])
    made.thresholds(_thresholds(panel))
    if panel.decimals is not None:
        made.decimals(panel.decimals)
    if panel.highest is not None:
        made.max(panel.highest)
    for ref, query in zip(ascii_uppercase, panel.queries, strict=False):
        target = prometheus.Dataquery().ref_id(ref).expr(query.filled).interval(_SCRAPED)
        if panel.kind is PanelKind.TABLE:
            target.instant().format(PromQueryFormat.TABLE)
        elif panel.kind is PanelKind.LINES:
            target.range().legend_format(query.legend or "__auto")
        else:
            target.instant().legend_format(query.legend or "__auto")
        made.with_target(target)
    return made


def _runbook(alert: str) -> dashboard.DashboardLink:
    link = dashboard.DashboardLink(f"Runbook: {alert}").type(models.DashboardLinkType.LINK)
    return link.url(f"{_RUNBOOKS}/{alert}.md").target_blank(True)


def _thresholds(panel: Panel) -> dashboard.ThresholdsConfig:
    plain = panel.bad_from is None
    steps = [models.Threshold(None, "text" if plain else "green")]
    if not plain:
        steps.append(models.Threshold(panel.bad_from, "red"))
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _lines(panel: Panel) -> timeseries.Panel:
    made = timeseries.Panel().min(0).line_width(2).fill_opacity(60 if panel.stacked else 8)
    made.show_points(common_models.VisibilityMode.NEVER).span_nulls(False)
    legend = common.VizLegendOptions().show_legend(True).placement(common_models.LegendPlacement.BOTTOM)
    made.legend(legend.display_mode(common_models.LegendDisplayMode.LIST).calcs([]))
    made.tooltip(common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI))
    if panel.stacked:
        made.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL))
    if panel.bad_from is not None:
        style = common.GraphThresholdsStyleConfig().mode(common_models.GraphThresholdsStyleMode.DASHED)
        made.thresholds_style(style).axis_soft_max(panel.bad_from)
    return made


def _latest() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _number(panel: Panel) -> stat.Panel:
    made = stat.Panel().reduce_options(_latest()).graph_mode(common_models.BigValueGraphMode.NONE)
    plain = panel.bad_from is None
    return made.color_mode(common_models.BigValueColorMode.NONE if plain else common_models.BigValueColorMode.VALUE)


def _bars(panel: Panel) -> bargauge.Panel:
    made = bargauge.Panel().reduce_options(_latest()).min(0).orientation(common_models.VizOrientation.HORIZONTAL)
    made.display_mode(common_models.BarGaugeDisplayMode.BASIC).name_placement(common_models.BarGaugeNamePlacement.LEFT)
    return made.color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.FIXED).fixed_color("blue"))


def _table(panel: Panel) -> table.Panel:
    """The queries' answers as columns, joined by the labels that they share."""
    columns = dict(zip((f"Value #{ref}" for ref in ascii_uppercase), panel.queries, strict=False))
    if len(panel.queries) == 1:  # Grafana numbers the columns only where there are several
        columns = {"Value": panel.queries[0]}
    heads = dict(panel.row_labels) | {name: query.legend for name, query in columns.items()}
    made = table.Panel().with_transformation(models.DataTransformerConfig("merge", options={}))
    made.with_transformation(
        models.DataTransformerConfig(
            "organize",
            options={
                "excludeByName": {"Time": True, "organization": True},
                "indexByName": {name: at for at, name in enumerate(heads)},
                "renameByName": heads,
            },
        )
    )
    for query in columns.values():
        if query.unit:
            made.override_by_name(query.legend, [models.DynamicConfigValue("unit", query.unit)])
    return made


_MAKERS: Mapping[PanelKind, Callable[[Panel], _PanelBuilder]] = {
    PanelKind.LINES: _lines,
    PanelKind.NUMBER: _number,
    PanelKind.BARS: _bars,
    PanelKind.TABLE: _table,
}
