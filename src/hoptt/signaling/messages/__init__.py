"""Messages between page and server: one JSON object each, told apart by `type` (docs/protocol.md).

The page sends *commands*; each carries an `id` and is answered once with `ok` or `refused`.
The server sends *events* (history, numbered by `seq`, never lost) and *signals*
(latest wins, dropped first for a slow reader). Times are milliseconds since 1970 UTC.
Unknown keys are refused (S37). Samples of every message lie in protocol/samples/signaling/.
"""

from __future__ import annotations

from typing import TypeAlias

from hoptt.signaling.messages.acts import ActPerson as ActPerson
from hoptt.signaling.messages.acts import ActRow as ActRow
from hoptt.signaling.messages.acts import Acts as Acts
from hoptt.signaling.messages.answers import Answer as Answer
from hoptt.signaling.messages.answers import Fault as Fault
from hoptt.signaling.messages.answers import IceServer as IceServer
from hoptt.signaling.messages.answers import Joined as Joined
from hoptt.signaling.messages.answers import Nothing as Nothing
from hoptt.signaling.messages.answers import Ok as Ok
from hoptt.signaling.messages.answers import Refused as Refused
from hoptt.signaling.messages.answers import Result as Result
from hoptt.signaling.messages.answers import Resumed as Resumed
from hoptt.signaling.messages.answers import Waiting as Waiting
from hoptt.signaling.messages.basics import MAX_LIST as MAX_LIST
from hoptt.signaling.messages.basics import MAX_MESSAGE_BYTES as MAX_MESSAGE_BYTES
from hoptt.signaling.messages.basics import MAX_NUMBER as MAX_NUMBER
from hoptt.signaling.messages.basics import MAX_SDP as MAX_SDP
from hoptt.signaling.messages.basics import MAX_SDP_MESSAGE_BYTES as MAX_SDP_MESSAGE_BYTES
from hoptt.signaling.messages.basics import PROTOCOL as PROTOCOL
from hoptt.signaling.messages.basics import Command as Command
from hoptt.signaling.messages.basics import Id as Id
from hoptt.signaling.messages.basics import Ids as Ids
from hoptt.signaling.messages.basics import Message as Message
from hoptt.signaling.messages.basics import Name as Name
from hoptt.signaling.messages.basics import Number as Number
from hoptt.signaling.messages.basics import Pixels as Pixels
from hoptt.signaling.messages.basics import Sdp as Sdp
from hoptt.signaling.messages.basics import Text as Text
from hoptt.signaling.messages.basics import Tile as Tile
from hoptt.signaling.messages.basics import Token as Token
from hoptt.signaling.messages.chat import ChatClosed as ChatClosed
from hoptt.signaling.messages.chat import ChatLine as ChatLine
from hoptt.signaling.messages.chat import CloseChat as CloseChat
from hoptt.signaling.messages.chat import Said as Said
from hoptt.signaling.messages.chat import Say as Say
from hoptt.signaling.messages.commands import Admit as Admit
from hoptt.signaling.messages.commands import Allow as Allow
from hoptt.signaling.messages.commands import AllowSource as AllowSource
from hoptt.signaling.messages.commands import CorrectName as CorrectName
from hoptt.signaling.messages.commands import EndMeeting as EndMeeting
from hoptt.signaling.messages.commands import Join as Join
from hoptt.signaling.messages.commands import Leave as Leave
from hoptt.signaling.messages.commands import LiftBan as LiftBan
from hoptt.signaling.messages.commands import LiftMute as LiftMute
from hoptt.signaling.messages.commands import Lock as Lock
from hoptt.signaling.messages.commands import Mute as Mute
from hoptt.signaling.messages.commands import Offer as Offer
from hoptt.signaling.messages.commands import OpenMeeting as OpenMeeting
from hoptt.signaling.messages.commands import Refuse as Refuse
from hoptt.signaling.messages.commands import Remove as Remove
from hoptt.signaling.messages.commands import Resume as Resume
from hoptt.signaling.messages.commands import SetLayout as SetLayout
from hoptt.signaling.messages.commands import SetStage as SetStage
from hoptt.signaling.messages.commands import StopSource as StopSource
from hoptt.signaling.messages.commands import Switch as Switch
from hoptt.signaling.messages.commands import TakeBack as TakeBack
from hoptt.signaling.messages.commands import View as View
from hoptt.signaling.messages.door import Door as Door
from hoptt.signaling.messages.door import Identity as Identity
from hoptt.signaling.messages.door import NameRuleView as NameRuleView
from hoptt.signaling.messages.events import AllMuted as AllMuted
from hoptt.signaling.messages.events import Event as Event
from hoptt.signaling.messages.events import Events as Events
from hoptt.signaling.messages.events import LayoutSet as LayoutSet
from hoptt.signaling.messages.events import LobbyEntered as LobbyEntered
from hoptt.signaling.messages.events import LobbyLeft as LobbyLeft
from hoptt.signaling.messages.events import MeetingClosed as MeetingClosed
from hoptt.signaling.messages.events import MeetingOpened as MeetingOpened
from hoptt.signaling.messages.events import Muted as Muted
from hoptt.signaling.messages.events import ParticipantBack as ParticipantBack
from hoptt.signaling.messages.events import ParticipantJoined as ParticipantJoined
from hoptt.signaling.messages.events import ParticipantLeft as ParticipantLeft
from hoptt.signaling.messages.events import ParticipantLost as ParticipantLost
from hoptt.signaling.messages.events import RightsChanged as RightsChanged
from hoptt.signaling.messages.events import RoomLocked as RoomLocked
from hoptt.signaling.messages.events import StageSet as StageSet
from hoptt.signaling.messages.floor import AskFloor as AskFloor
from hoptt.signaling.messages.floor import AskMoreTime as AskMoreTime
from hoptt.signaling.messages.floor import DeclineFloor as DeclineFloor
from hoptt.signaling.messages.floor import EndTurn as EndTurn
from hoptt.signaling.messages.floor import ExtendTurn as ExtendTurn
from hoptt.signaling.messages.floor import FloorAsked as FloorAsked
from hoptt.signaling.messages.floor import FloorCommand as FloorCommand
from hoptt.signaling.messages.floor import FloorEvent as FloorEvent
from hoptt.signaling.messages.floor import FloorSet as FloorSet
from hoptt.signaling.messages.floor import FloorWithdrawn as FloorWithdrawn
from hoptt.signaling.messages.floor import GrantFloor as GrantFloor
from hoptt.signaling.messages.floor import HoldTurn as HoldTurn
from hoptt.signaling.messages.floor import MoveRequest as MoveRequest
from hoptt.signaling.messages.floor import RefuseRequest as RefuseRequest
from hoptt.signaling.messages.floor import RequestMoved as RequestMoved
from hoptt.signaling.messages.floor import ResumeTurn as ResumeTurn
from hoptt.signaling.messages.floor import SetFloor as SetFloor
from hoptt.signaling.messages.floor import SkipRequest as SkipRequest
from hoptt.signaling.messages.floor import SpokenKept as SpokenKept
from hoptt.signaling.messages.floor import TakeFloor as TakeFloor
from hoptt.signaling.messages.floor import TurnChanged as TurnChanged
from hoptt.signaling.messages.floor import TurnEnded as TurnEnded
from hoptt.signaling.messages.floor import TurnGranted as TurnGranted
from hoptt.signaling.messages.floor import TurnStarted as TurnStarted
from hoptt.signaling.messages.floor import WithdrawFloor as WithdrawFloor
from hoptt.signaling.messages.floor_view import FloorView as FloorView
from hoptt.signaling.messages.floor_view import RequestView as RequestView
from hoptt.signaling.messages.floor_view import SpokenView as SpokenView
from hoptt.signaling.messages.floor_view import TurnView as TurnView
from hoptt.signaling.messages.picture import ApplicantView as ApplicantView
from hoptt.signaling.messages.picture import MeetingView as MeetingView
from hoptt.signaling.messages.picture import ParticipantView as ParticipantView
from hoptt.signaling.messages.picture import Picture as Picture
from hoptt.signaling.messages.picture import RoomView as RoomView
from hoptt.signaling.messages.picture import SlotView as SlotView
from hoptt.signaling.messages.picture import Switches as Switches
from hoptt.signaling.messages.role_commands import AnswerChair as AnswerChair
from hoptt.signaling.messages.role_commands import GiveLobby as GiveLobby
from hoptt.signaling.messages.role_commands import NameDeputy as NameDeputy
from hoptt.signaling.messages.role_commands import OfferChair as OfferChair
from hoptt.signaling.messages.role_commands import ReadActs as ReadActs
from hoptt.signaling.messages.role_commands import Rename as Rename
from hoptt.signaling.messages.role_commands import RoleCommand as RoleCommand
from hoptt.signaling.messages.role_commands import SetBranch as SetBranch
from hoptt.signaling.messages.role_commands import SetRole as SetRole
from hoptt.signaling.messages.role_commands import TakeChair as TakeChair
from hoptt.signaling.messages.role_commands import WithdrawChairOffer as WithdrawChairOffer
from hoptt.signaling.messages.role_events import BranchSet as BranchSet
from hoptt.signaling.messages.role_events import ChairAnswered as ChairAnswered
from hoptt.signaling.messages.role_events import ChairOffered as ChairOffered
from hoptt.signaling.messages.role_events import ChairRestored as ChairRestored
from hoptt.signaling.messages.role_events import ChairStandsIn as ChairStandsIn
from hoptt.signaling.messages.role_events import DeputyNamed as DeputyNamed
from hoptt.signaling.messages.role_events import LobbyGiven as LobbyGiven
from hoptt.signaling.messages.role_events import NameChanged as NameChanged
from hoptt.signaling.messages.role_events import RoleChanged as RoleChanged
from hoptt.signaling.messages.role_events import RoleEvent as RoleEvent
from hoptt.signaling.messages.signals import Admitted as Admitted
from hoptt.signaling.messages.signals import Layers as Layers
from hoptt.signaling.messages.signals import LevelsNow as LevelsNow
from hoptt.signaling.messages.signals import Limit as Limit
from hoptt.signaling.messages.signals import Limits as Limits
from hoptt.signaling.messages.signals import Line as Line
from hoptt.signaling.messages.signals import LinesNow as LinesNow
from hoptt.signaling.messages.signals import LobbyNow as LobbyNow
from hoptt.signaling.messages.signals import Loud as Loud
from hoptt.signaling.messages.signals import MediaLost as MediaLost
from hoptt.signaling.messages.signals import PictureNow as PictureNow
from hoptt.signaling.messages.signals import Shows as Shows
from hoptt.signaling.messages.signals import SwitchesChanged as SwitchesChanged
from hoptt.signaling.messages.signals import Turned as Turned

FromPage: TypeAlias = (
    Join
    | Resume
    | Offer
    | Leave
    | Switch
    | View
    | CorrectName
    | Admit
    | Refuse
    | Remove
    | LiftBan
    | Allow
    | TakeBack
    | Mute
    | LiftMute
    | StopSource
    | AllowSource
    | Lock
    | OpenMeeting
    | EndMeeting
    | RoleCommand
    | ReadActs
    | SetLayout
    | SetStage
    | FloorCommand
    | Say
    | CloseChat
)
ToPage: TypeAlias = (
    Ok
    | Refused
    | Events
    | SwitchesChanged
    | Shows
    | Layers
    | Limits
    | LevelsNow
    | LinesNow
    | MediaLost
    | LobbyNow
    | Admitted
    | PictureNow
    | Turned
)
