"""Programs that fetch a link because somebody sent or posted it, to show what is behind it."""

from typing import Final

from tracking.bots.patterns import PatternSet
from tracking.bots.verdicts import Reason

# A person's device that previews for the sender, with the names of three servers at the end of Safari's.
_IMESSAGE: Final = r"Safari/601\.2\.4 facebookexternalhit/1\.1 Facebot Twitterbot/1\.0$"
# Names that no browser of a person carries.
_ANYWHERE: Final = (
    r"(?i)Slackbot|Slack-?ImgProxy|Discordbot|TelegramBot\b|Twitterbot|LinkedInBot|facebookexternalhit|facebookcatalog"
    r"|Facebot|meta-externalfetcher|Pinterestbot|Pinterest/\d\S* \(?\+|redditbot|SkypeUriPreview|BingPreview"
    r"|MicrosoftPreview|Snap URL Preview|Bluesky Cardyb|kakaotalk-scrap|kakaostory-og|Google-PageRenderer"
    r"|Google-Snippet|Google Web Preview|GoogleMessages/|Iframely|Embedly|KeybaseBot|vkShare|OdklBot|TumblrBot"
    r"|Zalo(?:Preview)?bot|NotionEmbedder|XING-contenttabreceiver|Flipboard(?:Proxy|RSS)|link ?preview|url-?preview"
    r"|unfurl|linebot|line-poker|bitlybot|Zoombot|Quora Link|Blueno/|MastoPeek|LandingPageFeInfra|compatible; Synapse"
)
# Programs whose users also browse in an app of that name: a preview only where no browser is named.
_OF_A_PROGRAM: Final = (
    r"(?i)^(?:WhatsApp|Viber|Keybase|Wire|Signal|Mattermost|Rocket\.Chat|Element|Matrix|Synapse|Dendrite|Tumblr"
    r"|Mastodon|Misskey|Pleroma|Akkoma|Friendica|Hatena|NetNewsWire|Yammer|Trello|Zulip|Line|Embed)\b|\(Mastodon/"
)
_PATTERNS: Final = PatternSet((_IMESSAGE, _ANYWHERE, _OF_A_PROGRAM))


def find_preview(user_agent: str) -> Reason | None:
    matches = _PATTERNS.match(user_agent)
    if not matches:
        return None
    return Reason.PREVIEW_IMESSAGE if 0 in matches else Reason.PREVIEW_USER_AGENT
