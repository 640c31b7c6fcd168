from enrich.v1 import common_pb2 as _common_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LanguageOptions(_message.Message):
    __slots__ = ("languages", "alternatives_max", "segments")
    LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    ALTERNATIVES_MAX_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    languages: _containers.RepeatedScalarFieldContainer[str]
    alternatives_max: int
    segments: bool
    def __init__(self, languages: _Optional[_Iterable[str]] = ..., alternatives_max: _Optional[int] = ..., segments: bool = ...) -> None: ...

class DetectLanguageRequest(_message.Message):
    __slots__ = ("id", "text", "offset_unit", "private", "options")
    ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_UNIT_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    id: str
    text: str
    offset_unit: _common_pb2.OffsetUnit
    private: bool
    options: LanguageOptions
    def __init__(self, id: _Optional[str] = ..., text: _Optional[str] = ..., offset_unit: _Optional[_Union[_common_pb2.OffsetUnit, str]] = ..., private: bool = ..., options: _Optional[_Union[LanguageOptions, _Mapping]] = ...) -> None: ...

class DetectLanguageResponse(_message.Message):
    __slots__ = ("id", "language", "stage_times")
    ID_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    STAGE_TIMES_FIELD_NUMBER: _ClassVar[int]
    id: str
    language: LanguageResult
    stage_times: _containers.RepeatedCompositeFieldContainer[_common_pb2.StageTime]
    def __init__(self, id: _Optional[str] = ..., language: _Optional[_Union[LanguageResult, _Mapping]] = ..., stage_times: _Optional[_Iterable[_Union[_common_pb2.StageTime, _Mapping]]] = ...) -> None: ...

class LanguageResult(_message.Message):
    __slots__ = ("tag", "iso639_3", "script", "score", "reliable", "alternatives", "segments", "dialect")
    TAG_FIELD_NUMBER: _ClassVar[int]
    ISO639_3_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    RELIABLE_FIELD_NUMBER: _ClassVar[int]
    ALTERNATIVES_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    DIALECT_FIELD_NUMBER: _ClassVar[int]
    tag: str
    iso639_3: str
    script: str
    score: float
    reliable: bool
    alternatives: _containers.RepeatedCompositeFieldContainer[LanguageAlternative]
    segments: _containers.RepeatedCompositeFieldContainer[LanguageSegment]
    dialect: str
    def __init__(self, tag: _Optional[str] = ..., iso639_3: _Optional[str] = ..., script: _Optional[str] = ..., score: _Optional[float] = ..., reliable: bool = ..., alternatives: _Optional[_Iterable[_Union[LanguageAlternative, _Mapping]]] = ..., segments: _Optional[_Iterable[_Union[LanguageSegment, _Mapping]]] = ..., dialect: _Optional[str] = ...) -> None: ...

class LanguageAlternative(_message.Message):
    __slots__ = ("tag", "iso639_3", "score")
    TAG_FIELD_NUMBER: _ClassVar[int]
    ISO639_3_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    tag: str
    iso639_3: str
    score: float
    def __init__(self, tag: _Optional[str] = ..., iso639_3: _Optional[str] = ..., score: _Optional[float] = ...) -> None: ...

class LanguageSegment(_message.Message):
    __slots__ = ("span", "tag", "score")
    SPAN_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    span: _common_pb2.Span
    tag: str
    score: float
    def __init__(self, span: _Optional[_Union[_common_pb2.Span, _Mapping]] = ..., tag: _Optional[str] = ..., score: _Optional[float] = ...) -> None: ...

class BatchDetectLanguageRequest(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[DetectLanguageRequest]
    def __init__(self, requests: _Optional[_Iterable[_Union[DetectLanguageRequest, _Mapping]]] = ...) -> None: ...

class BatchDetectLanguageResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[DetectLanguageItem]
    def __init__(self, results: _Optional[_Iterable[_Union[DetectLanguageItem, _Mapping]]] = ...) -> None: ...

class DetectLanguageItem(_message.Message):
    __slots__ = ("response", "error")
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    response: DetectLanguageResponse
    error: _status_pb2.Status
    def __init__(self, response: _Optional[_Union[DetectLanguageResponse, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class StreamDetectLanguageRequest(_message.Message):
    __slots__ = ("request",)
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    request: DetectLanguageRequest
    def __init__(self, request: _Optional[_Union[DetectLanguageRequest, _Mapping]] = ...) -> None: ...

class StreamDetectLanguageResponse(_message.Message):
    __slots__ = ("id", "response", "error", "end")
    ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    id: str
    response: DetectLanguageResponse
    error: _status_pb2.Status
    end: _common_pb2.StreamEnd
    def __init__(self, id: _Optional[str] = ..., response: _Optional[_Union[DetectLanguageResponse, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., end: _Optional[_Union[_common_pb2.StreamEnd, _Mapping]] = ...) -> None: ...

class LanguageServiceGetInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class LanguageServiceGetInfoResponse(_message.Message):
    __slots__ = ("version", "models", "limits", "languages")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    version: str
    models: _containers.RepeatedCompositeFieldContainer[_common_pb2.Model]
    limits: _common_pb2.Limits
    languages: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, version: _Optional[str] = ..., models: _Optional[_Iterable[_Union[_common_pb2.Model, _Mapping]]] = ..., limits: _Optional[_Union[_common_pb2.Limits, _Mapping]] = ..., languages: _Optional[_Iterable[str]] = ...) -> None: ...
