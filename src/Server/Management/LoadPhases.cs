namespace Thaw.Server.Management;

/// <summary>Milliseconds of a load's steps; the tokenizer is read beside the graph and the session.</summary>
internal sealed record LoadPhases(double Files, double Graph, double Session, double Tokenizer);
