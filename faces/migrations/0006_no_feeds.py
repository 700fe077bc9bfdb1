"""A picture of an open feed is no reason to analyse it, whoever the feed's host belongs to."""

from django.db import migrations

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
    JOIN faces_facesource s ON s.org_id = a.org_id AND s.source = a.source
     AND s.site = CASE a.source WHEN 'web' THEN lower(a.domain) ELSE '' END
    WHERE m.org_id = p_org AND m.blob_id = p_blob AND m.origin = 'source' {only} AND s.revoked_at IS NULL
    LIMIT 1 FOR SHARE OF s;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a face violates consent: nobody attests to a source of its picture'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'faces_needs_source';
  END IF;
END $body$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("faces", "0005_own_pictures"),
        ("media", "0018_from_feeds"),
    ]

    operations = [
        migrations.RunSQL(
            ALLOWED.replace("{only}", "AND NOT m.is_from_feed"), ALLOWED.replace("{only}", "")
        ),
    ]
