namespace Thaw.MicroBenchmarks.Curve;

internal readonly record struct CurvePoint(int Bytes, double NanosecondsPerByte);
