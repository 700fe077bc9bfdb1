"""A picture that people uploaded counts as uploaded, wherever its asset is from."""

from django.db import migrations

OWN = """NOT m.is_from_feed AND s.source = a.source
     AND s.site = CASE a.source WHEN 'web' THEN lower(a.domain) ELSE '' END"""
UPLOADED = """
     OR m.is_uploaded AND s.source = 'upload' AND s.site = ''"""
ALLOWED = """
CREATE OR REPLACE FUNCTION faces_check_allowed(p_org uuid, p_blob uuid, p_consent uuid)
  RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $body$
BEGIN
  PERFORM 1 FROM faces_faceconsent
    WHERE org_id = p_org AND id = p_consent AND withdrawn_at IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a face violates consent: its organization has not given it'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'faces_needs_consent';
  END IF;
  PERFORM 1 FROM media_assetmedia m
    JOIN media_asset a ON a.org_id = m.org_id AND a.id = m.asset_id
    JOIN faces_facesource s ON s.org_id = a.org_id AND ({own}{uploaded})
    WHERE m.org_id = p_org AND m.blob_id = p_blob AND m.origin = 'source' AND s.revoked_at IS NULL
    LIMIT 1 FOR SHARE OF s;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a face violates consent: nobody attests to a source of its picture'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'faces_needs_source';
  END IF;
END $body$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("faces", "0006_no_feeds"),
        ("media", "0019_uploaded_again"),
    ]

    operations = [
        migrations.RunSQL(
            ALLOWED.replace("{own}", OWN).replace("{uploaded}", UPLOADED),
            ALLOWED.replace("{own}", OWN).replace("{uploaded}", ""),
        ),
    ]
