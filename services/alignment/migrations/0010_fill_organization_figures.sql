-- expand: the figures that were there before the triggers. A row that a trigger has written meanwhile is newer.
-- FOR KEY SHARE: a deletion of figures waits for the end; otherwise its trigger would not find the row that is written here.
INSERT INTO organization_figures (organization, aligned, unexplained, pending, orphaned, asked, answered)
SELECT organization, (health ->> 'aligned')::bigint, (health ->> 'unexplained')::bigint,
    (health ->> 'pending')::bigint, (health ->> 'orphaned')::bigint,
    coalesce((tally ->> 'asked')::bigint, 0), coalesce((tally ->> 'answered')::bigint, 0)
FROM health WHERE unit = '' FOR KEY SHARE
ON CONFLICT (organization) DO NOTHING;
