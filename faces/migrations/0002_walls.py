"""Row-level security of faces, and what keeps them from existing without consent.

The guards fire after the rows are written, so that a wall speaks before them, and they are
checked within the statement: what they refuse was never there.
"""

import django.db.models.deletion
from django.db import migrations, models

from tenants.rls import TenantTable, WithForceLifted

# FOR SHARE, in both: a withdrawal waits for whoever is writing, and whoever writes after it finds
# nothing. Not SECURITY DEFINER: they see what the role sees that writes.
ALLOWED = """
CREATE FUNCTION faces_check_allowed(p_org uuid, p_blob uuid, p_consent uuid) RETURNS void
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $body$
BEGIN
  PERFORM 1 FROM faces_faceconsent
    WHERE org_id = p_org AND id = p_consent AND withdrawn_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a face violates consent: its organization has not given it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'faces_needs_consent';
  END IF;
  PERFORM 1 FROM media_assetmedia m
    JOIN media_asset a ON a.org_id = m.org_id AND a.id = m.asset_id
    JOIN faces_facesource s ON s.org_id = a.org_id AND s.source = a.source
     AND s.site = CASE a.source WHEN 'web' THEN lower(a.domain) ELSE '' END
    WHERE m.org_id = p_org AND m.blob_id = p_blob AND s.revoked_at IS NULL
    LIMIT 1 FOR SHARE OF s;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a face violates consent: nobody attests to a source of its picture'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'faces_needs_source';
  END IF;
END $body$;

CREATE FUNCTION faces_guard_face() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $body$
BEGIN
  PERFORM faces_check_allowed(NEW.org_id, NEW.blob_id, NEW.consent_id);
  IF NEW.state <> 'suppressed' THEN
    PERFORM 1 FROM faces_facesuppression p,
      LATERAL (SELECT greatest(0, least(p.x + p.w, NEW.x + NEW.w) - greatest(p.x, NEW.x))
                    * greatest(0, least(p.y + p.h, NEW.y + NEW.h) - greatest(p.y, NEW.y)) AS area
              ) shared
      WHERE p.org_id = NEW.org_id AND p.blob_id = NEW.blob_id
        AND shared.area > 0.5 * (p.w * p.h + NEW.w * NEW.h - shared.area);
    IF FOUND THEN
      RAISE EXCEPTION 'a face violates consent: somebody who was there has withdrawn'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'faces_suppressed';
    END IF;
  END IF;
  RETURN NULL;
END $body$;

CREATE FUNCTION faces_guard_bare_face() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $body$
BEGIN
  PERFORM 1 FROM faces_faceembedding128 WHERE org_id = NEW.org_id AND face_id = NEW.id;
  IF FOUND THEN
    RAISE EXCEPTION 'a face violates its state: it still has a vector'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'faces_without_vector';
  END IF;
  RETURN NULL;
END $body$;

CREATE FUNCTION faces_guard_embedding() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $body$
DECLARE
  face faces_face%ROWTYPE;
BEGIN
  -- Locked: who withdraws changes this row, and must not miss a vector that is being written.
  SELECT * INTO face FROM faces_face WHERE org_id = NEW.org_id AND id = NEW.face_id FOR SHARE;
  IF NOT FOUND OR face.forgotten_at IS NOT NULL
     OR face.state IN ('low_quality', 'suppressed') THEN
    RAISE EXCEPTION 'a vector violates consent: its face may have none'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'faces_without_vector';
  END IF;
  PERFORM faces_check_allowed(face.org_id, face.blob_id, face.consent_id);
  RETURN NULL;
END $body$;

CREATE TRIGGER allowed AFTER INSERT ON faces_face
  FOR EACH ROW EXECUTE FUNCTION faces_guard_face();
CREATE TRIGGER still_allowed AFTER UPDATE ON faces_face FOR EACH ROW
  WHEN ((OLD.blob_id, OLD.consent_id, OLD.x, OLD.y, OLD.w, OLD.h)
        IS DISTINCT FROM (NEW.blob_id, NEW.consent_id, NEW.x, NEW.y, NEW.w, NEW.h)
        OR (OLD.state = 'suppressed' AND NEW.state <> 'suppressed'))
  EXECUTE FUNCTION faces_guard_face();
CREATE TRIGGER bare AFTER UPDATE ON faces_face FOR EACH ROW
  WHEN (NEW.state IN ('low_quality', 'suppressed') AND OLD.state <> NEW.state)
  EXECUTE FUNCTION faces_guard_bare_face();
CREATE TRIGGER allowed AFTER INSERT OR UPDATE ON faces_faceembedding128
  FOR EACH ROW EXECUTE FUNCTION faces_guard_embedding();
"""
NOT_ALLOWED = """
DROP TRIGGER allowed ON faces_faceembedding128;
DROP TRIGGER bare ON faces_face;
DROP TRIGGER still_allowed ON faces_face;
DROP TRIGGER allowed ON faces_face;
DROP FUNCTION faces_guard_embedding();
DROP FUNCTION faces_guard_bare_face();
DROP FUNCTION faces_guard_face();
DROP FUNCTION faces_check_allowed(uuid, uuid, uuid);
"""

# Of the logs: a row may be ended once, and a person who is erased is taken out of it.
ENDED_ONCE = """
CREATE FUNCTION faces_only_ends() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $body$
DECLARE
  before jsonb := to_jsonb(OLD);
  behind jsonb := to_jsonb(NEW);
  ended text := TG_ARGV[0];
  people text[] := string_to_array(TG_ARGV[1], ' ');
  open text[] := string_to_array(TG_ARGV[2], ' ');
  person text;
BEGIN
  FOREACH person IN ARRAY people LOOP
    IF behind -> person = 'null'::jsonb THEN
      before := before - person;
      behind := behind - person;
    END IF;
  END LOOP;
  IF before ->> ended IS NULL THEN
    before := before - open;
    behind := behind - open;
  END IF;
  IF before IS DISTINCT FROM behind THEN
    RAISE EXCEPTION 'a change violates the log: a row of it only ends'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'faces_log_only_ends';
  END IF;
  RETURN NULL;
END $body$;

CREATE TRIGGER only_ends AFTER UPDATE ON faces_faceconsent FOR EACH ROW
  EXECUTE FUNCTION faces_only_ends(
    'withdrawn_at', 'granted_by_id withdrawn_by_id', 'withdrawn_at withdrawn_by_id');
CREATE TRIGGER only_ends AFTER UPDATE ON faces_facesource FOR EACH ROW
  EXECUTE FUNCTION faces_only_ends(
    'revoked_at', 'attested_by_id revoked_by_id', 'revoked_at revoked_by_id');
CREATE TRIGGER only_ends AFTER UPDATE ON faces_facereceipt FOR EACH ROW
  EXECUTE FUNCTION faces_only_ends(
    'completed_at', 'requested_by_id', 'completed_at counts sha256');
"""
NOT_ENDED_ONCE = """
DROP TRIGGER only_ends ON faces_facereceipt;
DROP TRIGGER only_ends ON faces_facesource;
DROP TRIGGER only_ends ON faces_faceconsent;
DROP FUNCTION faces_only_ends();
"""

COVER = """
ALTER TABLE faces_person ADD CONSTRAINT faces_person_cover_face_id_org_fk
  FOREIGN KEY (org_id, cover_face_id) REFERENCES faces_face (org_id, id)
  DEFERRABLE INITIALLY DEFERRED
"""
NO_COVER = "ALTER TABLE faces_person DROP CONSTRAINT faces_person_cover_face_id_org_fk"


class Migration(migrations.Migration):
    dependencies = [("faces", "0001_initial"), ("media", "0003_walls"), ("tenants", "0002_walls")]

    operations = [
        # Targets before the tables that point at them.
        TenantTable("FaceSettings"),
        TenantTable("FaceConsent"),
        TenantTable("FaceSource"),
        TenantTable("FaceReceipt"),
        TenantTable("Person"),
        TenantTable("Face"),
        TenantTable("FaceEmbedding128"),
        TenantTable("FaceSuppression"),
        TenantTable("FaceVeto"),
        TenantTable("PersonDistinct"),
        TenantTable("FaceEvent"),
        # Faces and people point at each other, so one of the two keys comes behind the walls.
        migrations.AddField(
            "person",
            "cover_face",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="faces.face",
            ),
        ),
        migrations.AddIndex(
            "person",
            models.Index(
                condition=models.Q(("cover_face__isnull", False)),
                fields=["org", "cover_face"],
                name="faces_person_cover",
            ),
        ),
        WithForceLifted(
            "faces_person", "faces_face", operations=[migrations.RunSQL(COVER, NO_COVER)]
        ),
        migrations.RunSQL(ALLOWED, NOT_ALLOWED),
        migrations.RunSQL(ENDED_ONCE, NOT_ENDED_ONCE),
    ]
