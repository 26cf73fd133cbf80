namespace Thaw.Harness;

/// <summary>A program does not start, or does not do what it is asked; the message says which, why, and what to do.</summary>
public sealed class HarnessException(string message) : Exception(message);
