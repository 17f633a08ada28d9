-- expand: the figures that were there before the triggers. A row that a trigger has written meanwhile is newer.
INSERT INTO organization_figures (organization, aligned, unexplained, pending, orphaned, asked, answered)
SELECT organization, (health ->> 'aligned')::bigint, (health ->> 'unexplained')::bigint,
    (health ->> 'pending')::bigint, (health ->> 'orphaned')::bigint,
    coalesce((tally ->> 'asked')::bigint, 0), coalesce((tally ->> 'answered')::bigint, 0)
FROM health WHERE unit = ''
ON CONFLICT (organization) DO NOTHING;
