"""The rules of `deploy/observability/rules` as a PrometheusRule, for the operator. Run as a module, it writes the file.

kustomize cannot put one file into another, and Prometheus itself reads no PrometheusRule. Comments are kept.
"""

from __future__ import annotations

from tests.deploy.alert_rules import ROOT, files

TARGET = ROOT / "deploy" / "k8s" / "components" / "monitoring" / "rules.yaml"
_HEAD = """\
# Written by `python -m tests.deploy.prometheus_rule` from deploy/observability/rules: change it there.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: goldenthread
  labels:
    app.kubernetes.io/name: goldenthread
    app.kubernetes.io/component: monitoring
    app.kubernetes.io/part-of: goldenthread
spec:
  groups:
"""
_GROUPS = "groups:\n"


def prometheus_rule() -> str:
    """The PrometheusRule, in YAML. Raises ValueError for a file that is more than comments and `groups:`."""
    parts = [_HEAD]
    for file in files():
        comment, mark, groups = file.read_text(encoding="utf-8").partition(_GROUPS)
        if not mark or any(line and not line.startswith("#") for line in comment.splitlines()):
            raise ValueError(f"{file}: comments, and then {_GROUPS!r}, are to be its beginning")
        lines = [f"    {line}" for line in comment.splitlines()] + [f"  {line}" for line in groups.splitlines()]
        parts += [line.rstrip() + "\n" for line in lines]
    return "".join(parts)


if __name__ == "__main__":
    TARGET.write_text(prometheus_rule(), encoding="utf-8")
