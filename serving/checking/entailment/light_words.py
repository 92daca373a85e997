"""Words that say so little by themselves that a paraphrase may take any other of them. English."""

from __future__ import annotations

from serving.answering.evidence import content_stems

LIGHT_STEMS = frozenset(
    stem
    for stem in content_stems(
        "able according actually additionally allow already also among another apply appropriate "
        "area available base based basis become begin best better bring case certain clear come "
        "complete concern consider consist contain count cover create currently day demand depend "
        "different easily easy either enable end ensure especially etc even every example exist "
        "expect explain fact far find first following form found free full general generally give "
        "given go good great hand happen hard have help important include including instead "
        "intend involve issue item job keep kind know lead least let level like likely long look "
        "main maintain make mean mind need new next note number occur offer often one open order "
        "otherwise part particular people perform person piece place please point possible "
        "possibility present process provide purpose put quite rather reach ready really receive "
        "regard relate remain result right role run same see seem serve set several share simply "
        "since someone something sort sometimes specific start state stay still sure take "
        "tell therefore thing think time together toward try turn two type typically use used "
        "usually various via want way well whole within work yet"
    )
)
