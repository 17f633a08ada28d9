-- expand: the figures of each organization in a narrow table, so that all are summed for metrics in a moment.
-- Triggers keep it equal to the row of the organization (`unit` is empty) in `health`, whichever release writes that.
CREATE TABLE organization_figures (
    organization text    PRIMARY KEY,
    aligned      bigint  NOT NULL,
    unexplained  bigint  NOT NULL,
    pending      bigint  NOT NULL,
    orphaned     bigint  NOT NULL,
    asked        bigint  NOT NULL,             -- answers to whys
    answered     bigint  NOT NULL,
    shown        boolean NOT NULL DEFAULT false -- metrics show it separately
) WITH (fillfactor = 70);

CREATE FUNCTION organization_figures_follow() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO organization_figures (organization, aligned, unexplained, pending, orphaned, asked, answered)
    VALUES (
        NEW.organization,
        (NEW.health ->> 'aligned')::bigint,
        (NEW.health ->> 'unexplained')::bigint,
        (NEW.health ->> 'pending')::bigint,
        (NEW.health ->> 'orphaned')::bigint,
        coalesce((NEW.tally ->> 'asked')::bigint, 0),
        coalesce((NEW.tally ->> 'answered')::bigint, 0)
    )
    ON CONFLICT (organization) DO UPDATE SET
        aligned = excluded.aligned, unexplained = excluded.unexplained, pending = excluded.pending,
        orphaned = excluded.orphaned, asked = excluded.asked, answered = excluded.answered;
    RETURN NULL;
END
$$;

-- The row stays, and with it whether it is shown: an organization that is folded anew writes its figures again.
CREATE FUNCTION organization_figures_forget() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE organization_figures
    SET aligned = 0, unexplained = 0, pending = 0, orphaned = 0, asked = 0, answered = 0
    WHERE organization = OLD.organization;
    RETURN NULL;
END
$$;

CREATE TRIGGER organization_figures_follow AFTER INSERT OR UPDATE ON health
    FOR EACH ROW WHEN (NEW.unit = '') EXECUTE FUNCTION organization_figures_follow();
CREATE TRIGGER organization_figures_forget AFTER DELETE ON health
    FOR EACH ROW WHEN (OLD.unit = '') EXECUTE FUNCTION organization_figures_forget();
